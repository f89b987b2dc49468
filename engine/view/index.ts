export { keyOfView } from './key.ts'
export { maskImages, type OpenMask } from './mask-image.ts'
export { type TiledImage, tiledImage } from './tiled.ts'
