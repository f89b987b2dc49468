import type { MethodName } from '../method-names.ts'
import { anomalyClip } from './anomalyclip.ts'
import { aprilGan } from './april-gan.ts'
import { plainClip } from './clip.ts'
import { clipAc } from './clip-ac.ts'
import { coop } from './coop.ts'
import type { Method } from './method.ts'
import { winclip } from './winclip.ts'

export { methodGraph } from './graph.ts'
export type { Method, MethodFiles, MethodSettings } from './method.ts'

/** A method that is named and not here does not compile. */
export const METHODS: Readonly<Record<MethodName, Method>> = {
  anomalyclip: anomalyClip,
  clip: plainClip,
  'clip-ac': clipAc,
  winclip,
  'april-gan': aprilGan,
  coop,
}
