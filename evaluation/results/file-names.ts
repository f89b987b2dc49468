/**
 * Of a name in UTF-8. Most systems take 255, and before and behind it stand `threshold-`, `-false-alarm-1-image.jpg` and what marks a file
 * that is being written.
 */
const MAX_BYTES = 120

/** A name (a model's, a category's) as part of a file's, without what some system does not take, or takes for a folder above; cut off where it is long. */
export const fileNameOf = (name: string): string =>
  cut(name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+|^$/, '_'), MAX_BYTES)

/**
 * A file name for each of the names, in their order; equal ones are numbered. Case does not tell names apart, as it does not on every disk.
 * @example uniqueFileNames(['nano', 'a/b', 'Nano']) // ['nano', 'a_b', 'Nano-2']
 * @param taken names that stand for something else
 */
export const uniqueFileNames = (names: readonly string[], taken: readonly string[] = []): string[] => {
  const used = new Set(taken.map((name) => name.toLowerCase()))
  return names.map((name) => {
    const base = fileNameOf(name)
    let unique = base
    for (let number = 2; used.has(unique.toLowerCase()); number++) {
      const end = `-${number}`
      unique = cut(base, MAX_BYTES - end.length) + end
    }
    used.add(unique.toLowerCase())
    return unique
  })
}

/** As many whole characters as there is room for. */
const cut = (text: string, bytes: number): string => {
  let room = bytes
  let found = ''
  for (const character of text) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    found += character
  }
  return found
}
