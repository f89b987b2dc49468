/** Accepts numbered messages as fast as it can and says each number once it is on the disk; the test kills it. */
import { writeSync } from 'node:fs'
import { openStore } from '../../connect/store/index.ts'
import { numbered } from './store.ts'

const store = await openStore(process.argv[2] ?? '')
const outbox = await store.outbox('line', { maxBytes: 1e9, maxAgeMs: 1e12 })

const accept = async (n: number): Promise<void> => {
  await outbox.accept(numbered(n, 2000))
  writeSync(1, `${n}\n`)
}

for (let n = 0; ; n += 8) await Promise.all(Array.from({ length: 8 }, (_, i) => accept(n + i)))
