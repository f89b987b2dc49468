export { type Measured, measure, type Point } from './measure.ts'
export { type Aupro, startPixelTally } from './pixels.ts'
export { stepsOf } from './steps.ts'
