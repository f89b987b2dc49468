export { COLOUR_MAPS } from './colour-maps.ts'
export { heatMapPng } from './heat-map.ts'
export { encodeOverlay, OVERLAY_DEFAULTS, type OverlayOptions, type Picture } from './overlay.ts'
