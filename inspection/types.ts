/** Anomaly map at the model's own size: probability of "abnormal" per pixel, 0..1, row-major. */
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

/** What is known of the image that was inspected. */
export interface InspectedImage {
  /** Pixels after EXIF rotation. */
  readonly width: number
  readonly height: number
  /** `jpeg`, `png`, `webp`, `tiff`, `bmp`, `gif` or `raw`. */
  readonly format: string
  /** Of the bytes as they came in (encoded file, or raw pixels). */
  readonly sha256: string
}

/** `msg.anomaly`: what `anomalyclip-infer` says of one image. */
export interface Anomaly {
  /** Unique per inspection; becomes the id of the event. */
  readonly id: string
  /** Probability of "abnormal" for the whole image, 0..1. Not calibrated: good parts of unseen kinds score 0.5 and more. */
  readonly score: number
  readonly map: AnomalyMap
  readonly image: InspectedImage
  readonly model: { readonly name: string; readonly method: string; readonly version: string; readonly device: string }
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
  readonly state: 'off' | 'collecting' | 'done'
  readonly collected: number
  readonly wanted: number
  /** Upper 95 % bound of the false-reject rate that the collected good parts can vouch for, 0..1; null while collecting. */
  readonly falseRejectBound: number | null
  /** True when recent good scores have moved away from the calibrated ones. */
  readonly drifting: boolean
}
