/**
 * Buffers that one category after the other is sorted in. Fresh memory has to be cleared by the system page by page when it is first written to, which
 * is a good part of the work on a small category.
 */
const spare: ArrayBuffer[] = []

/** A buffer of so many bytes at least, whose content is whatever was left in it. */
export const takeMemory = (bytes: number): ArrayBuffer => {
  const fitting = spare.findIndex(({ byteLength }) => byteLength === bytes)
  return fitting < 0 ? new ArrayBuffer(bytes) : spare.splice(fitting, 1)[0]!
}

/** Whoever gives it back writes to it no more. */
export const giveMemory = (memory: ArrayBuffer): void => void spare.push(memory)
