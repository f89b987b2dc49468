/** One way of the handshake, again and again. Needs node --expose-gc. */
import { caseArguments } from '../measure.ts'
import { type Soak, type SoakOptions, soak } from '../soak/run.ts'

const { way, ...options } = caseArguments<{ way: Soak['way'] } & Omit<SoakOptions, 'say'>>()
console.log(JSON.stringify(await soak(way, { ...options, say: (text) => console.error(text) })))
