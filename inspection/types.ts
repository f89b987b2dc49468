/** Anomaly map, at the model's own size unless it was put together from tiles: probability of "abnormal" per pixel, 0..1, row-major. */
export interface AnomalyMap {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** Binary mask, row-major, one byte a pixel: 0 = background, 1 = anomalous. */
export interface Mask {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** Width and height, in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * One connected group of anomalous pixels, in pixels of the original image. The origin is the upper left corner of the
 * upper left pixel, x to the right, y down: pixel (x, y) covers the square from (x, y) to (x + 1, y + 1).
 */
export interface Region {
  /** [x, y, width, height], as COCO has it. */
  readonly bbox: readonly [x: number, y: number, width: number, height: number]
  /** Pixels. */
  readonly area: number
  /** Of the image's pixels, 0..1. */
  readonly share: number
  /** Mean of the pixels' centres, [x, y]; of a single pixel (0, 0) it is [0.5, 0.5]. */
  readonly centroid: readonly [x: number, y: number]
  /** A pixel where the map is highest within the region, and the map's value there. */
  readonly peak: { readonly x: number; readonly y: number; readonly value: number }
}

/** Run lengths of a mask as COCO has them: column after column, background first. */
export interface CocoRle {
  readonly size: readonly [height: number, width: number]
  /** The compressed form that pycocotools reads and writes. */
  readonly counts: string
}

/**
 * Outline of a region along the edges of its pixels; each ring [x1, y1, x2, y2, …] is closed, the first point is not
 * repeated. `outer` alone is what COCO calls a segmentation: its polygon format knows no holes.
 */
export interface RegionPolygon {
  /** Clockwise as seen on the screen. More than one where parts of the region touch in corners only. */
  readonly outer: readonly (readonly number[])[]
  /** Counter-clockwise. */
  readonly holes: readonly (readonly number[])[]
}

/** `msg.mask`: what `mask-encode` makes of one anomaly map. */
export type EncodedMask = {
  /** Size of what is encoded: of the original image, and for `png16` of the model's map. */
  readonly width: number
  readonly height: number
  /** In pixels of the original image; the highest peak first. Empty where no pixel threshold is set. */
  readonly regions: readonly Region[]
} & (
  | { readonly encoding: 'png' | 'png16' | 'overlay'; readonly data: Buffer }
  | { readonly encoding: 'rle'; readonly rle: CocoRle }
  /** One for each of `regions`. */
  | { readonly encoding: 'polygons'; readonly polygons: readonly RegionPolygon[] }
  | { readonly encoding: 'boxes'; readonly boxes: readonly Region['bbox'][] }
)

/** What is known of the image that was inspected. */
export interface InspectedImage {
  /** Pixels after EXIF rotation. */
  readonly width: number
  readonly height: number
  /** `jpeg`, `png`, `webp`, `tiff`, `bmp`, `gif` or `raw`. */
  readonly format: string
  /** Of the bytes as they came in (encoded file, or raw pixels). */
  readonly sha256: string
  /** True when a broker had kept the message and sent it on to a new subscription: its image may be old. */
  readonly retained?: boolean
}

/** How an image was inspected that was not inspected whole: turned, in tiles, or a region of it. */
export interface InspectedView {
  /** Names the view. Thresholds hold for one view, as they do for one model. */
  readonly key: string
  /** Degrees clockwise by which the model got it turned; everything else is of the image as it is. */
  readonly rotation: 0 | 90 | 180 | 270
  /** How the score was made of the tiles': `max`, `mean` or `top-K`. */
  readonly rule: string
  /** Of the image's pixels that were inspected, 0..1; the map is 0 at the others. */
  readonly share: number
  readonly columns: number
  readonly rows: number
  /** Those that were inspected, row by row; `bbox` is [x, y, width, height] in pixels of the image. */
  readonly tiles: readonly {
    readonly bbox: readonly [x: number, y: number, width: number, height: number]
    readonly score: number
  }[]
}

/** `msg.anomaly`: what `anomalyclip-infer` says of one image. */
export interface Anomaly {
  /** Unique per inspection; becomes the id of the event. */
  readonly id: string
  /** Probability of "abnormal" for the whole image, 0..1. Not calibrated: good parts of unseen kinds score 0.5 and more. */
  readonly score: number
  readonly map: AnomalyMap
  readonly image: InspectedImage
  /** Absent where the image was inspected whole. */
  readonly view?: InspectedView
  readonly model: {
    readonly name: string
    readonly method: string
    readonly version: string
    readonly device: string
    /** The class that the image was compared with; absent where the model takes none. */
    readonly className?: string
  }
  /** Milliseconds. */
  readonly timing: {
    readonly queuedMs: number
    readonly decodeMs: number
    readonly inferMs: number
    readonly totalMs: number
  }
  /** ISO 8601; when the image was taken if the message says so, else when it arrived. */
  readonly capturedAt: string
  /** Where the image came from: a topic, a camera's name, a node id. */
  readonly source: string
  readonly verdict?: Verdict
}

/** What `threshold` decides on one image; undecided is never "ok". */
export interface Verdict {
  readonly level: 'ok' | 'warning' | 'alarm' | 'undecided'
  /** null while undecided: still calibrating, or a value missing or not finite. */
  readonly isAnomalous: boolean | null
  readonly score: number
  readonly threshold: number | null
  readonly pixelThreshold: number | null
  /** Percent of the map that a region had to cover to count; null where `pixelThreshold` is. */
  readonly minArea: number | null
  /** Share of the map at or above the pixel threshold that survives the minimum area, 0..1. */
  readonly area: number
  /** Setting (a camera, a product) that this verdict was taken under. */
  readonly key: string
  /** One sentence a person can read. */
  readonly reason: string
  readonly calibration: CalibrationSummary | null
}

/** Where a threshold stands with its calibration on good parts. */
export interface CalibrationSummary {
  readonly state: 'collecting' | 'done'
  readonly collected: number
  readonly wanted: number
  /** Upper 95 % bound of the false-reject rate that the collected good parts can vouch for, 0..1; null while collecting. */
  readonly falseRejectBound: number | null
  /** True when recent good scores have moved away from the calibrated ones. */
  readonly drifting: boolean
}
