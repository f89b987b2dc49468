import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { OutboxMessage } from '../../connect/store/index.ts'

const run = promisify(execFile)

/** A message of the given number; its payload says the number, followed by as many zeros as are asked for. */
export const numbered = (n: number, zeros = 0): OutboxMessage => ({
  id: `event-${n}`,
  envelope: `{"topic":"t/${n}"}`,
  payload: Buffer.concat([Buffer.from(String(n)), Buffer.alloc(zeros)]),
})

export const temporaryFolder = async (): Promise<{ path: string; remove: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'store-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** A disk of so many bytes, which can really be filled. Null where this user may not mount one. */
export const smallDisk = async (
  bytes: number,
): Promise<{ path: string; remove: () => Promise<void> } | null> => {
  const { path, remove } = await temporaryFolder()
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path])
  } catch {
    await remove()
    return null
  }
  return {
    path,
    remove: async () => {
      await run('umount', [path])
      await remove()
    },
  }
}
