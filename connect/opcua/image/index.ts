export { nodeIdFrom } from '../node-id.ts'
export { type ImageEnvironment, openImageSource } from './source.ts'
export {
  type ImageCounts,
  type ImageHandlers,
  type ImageSettings,
  type ImageSource,
  MEBIBYTE,
  type OpcUaImage,
  type Sequence,
  TRIGGER_RULES,
  type TriggerRule,
} from './types.ts'
