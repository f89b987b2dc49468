export { controlWrites } from './control.ts'
export { type FlatFace, makeFlatFace } from './face.ts'
export { openStation, type RunningStation, type StationOptions } from './station.ts'
export { GROUPS } from './table.ts'
