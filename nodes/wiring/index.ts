export { onClose } from './close.ts'
export {
  readChoice,
  readFlag,
  readLine,
  readNumber,
  readOptionalNumber,
  readTyped,
  requireVersion,
  whenConfigured,
} from './config.ts'
export { acquireMessage, finishEach, handshakeDot } from './handshake.ts'
export { type InputHandler, inOrder, onInput } from './input.ts'
export { whenLoaded } from './load.ts'
export { persistFor } from './persist.ts'
export { readProperty, readText } from './property.ts'
export { statusOf } from './status.ts'
export type { Message, Node, NodeAPI, NodeDef, NodeStatus, TypedProperty } from './types.ts'
export { storeFileOf, userDirOf } from './user-dir.ts'
