/** A name (a model's, a category's) as part of a file's, without what some system does not take, or takes for a folder above. */
export const fileNameOf = (name: string): string =>
  name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+|^$/, '_')

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
    for (let number = 2; used.has(unique.toLowerCase()); number++) unique = `${base}-${number}`
    used.add(unique.toLowerCase())
    return unique
  })
}
