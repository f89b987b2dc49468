export { encodeMask, type MaskEncoding, type MaskOptions, needsThreshold } from './encode.ts'
export { decodeRle, encodeRle } from './rle.ts'
export { compressCounts, expandCounts } from './rle-string.ts'
export { maskSourceFrom } from './source.ts'
