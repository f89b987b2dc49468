export { nodeIdFrom } from '../node-id.ts'
export { openImageSource } from './source.ts'
export {
  type ImageCounts,
  type ImageSettings,
  type ImageSource,
  MEBIBYTE,
  type OpcUaImage,
  type Sequence,
  TRIGGER_RULES,
  type TriggerRule,
} from './types.ts'
