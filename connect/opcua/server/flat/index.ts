export { openStation, type RunningStation, type StationOptions } from './station.ts'
export { GROUPS } from './table.ts'
