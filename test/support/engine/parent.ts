import { faulty } from './faults.ts'
import { startStub, statusWhere } from './stub-engine.ts'

/** A flow that has given its inference process work without end, and waits to be killed; it prints that process's id. */
const engine = startStub()
engine.infer({ image: faulty('hangs') }).catch(() => {})
const { pid } = await statusWhere(engine, ({ running }) => running === 1)
console.log(pid)
