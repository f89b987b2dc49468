import type { SelfTest } from '../../../engine/types.ts'
import { LEAST_TOLERANCE } from '../../../models/precision/tolerance.ts'

/** Of a model that is what its manifest promises. */
export const EXACT: SelfTest = { score: 0, map: 0, mapMean: 0, tolerance: LEAST_TOLERANCE }
