export { GROUPS, openStation, type RunningStation, type StationOptions } from './flat/index.ts'
export { FLAT_NAMESPACE } from './server.ts'
export { leaseVisionServer, type ServerLease } from './shared.ts'
export type { ServerSettings, ServerUser, VisionServer } from './types.ts'
