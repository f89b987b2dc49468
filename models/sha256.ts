import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const CHUNK = 2 ** 20

/**
 * Of a file's bytes, hexadecimal. Two buffers take turns, one read while the other is hashed: a stream makes a new one for every piece, and a gigabyte of
 * weights left 60 MB of them in the process that then loads it.
 * @throws the error of the system where it cannot be read
 */
export const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  const handle = await open(file)
  try {
    let [next, spare] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)]
    let reading = handle.read(next)
    for (;;) {
      const { bytesRead, buffer } = await reading
      if (bytesRead === 0) return hash.digest('hex')
      ;[next, spare] = [spare, next]
      reading = handle.read(next)
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}
