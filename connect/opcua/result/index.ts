export { openPlcLink } from './link.ts'
export {
  BOX_SIGNALS,
  checkMapping,
  isSignalName,
  type Mapping,
  PLC_SIGNALS,
  type SignalName,
} from './signals.ts'
export type { PlcLink, PlcLinkOptions, PlcLinkStatus } from './types.ts'
