/** sharp, loaded with the first picture: a flow that makes none does without its native library. */
export const loadSharp = async () => (await import('sharp')).default
