export { decodeImage } from './decode.ts'
export { imageFrom } from './input.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export { resizeBicubic, resizeMask } from './resize.ts'
