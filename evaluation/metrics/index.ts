export { type Measured, measure, type Point } from './measure.ts'
export { type Aupro, type PixelTally, startPixelTally } from './pixels.ts'
export { stepsOf } from './steps.ts'
