export type { Point } from './curve.ts'
export { type Measured, measure } from './measure.ts'
export { type Aupro, type PixelTally, startPixelTally } from './pixels.ts'
export { stepsOf } from './steps.ts'
