import type { AnomalyMap, InspectedImage } from '../inspection/types.ts'

/** An image on its way in. Encoded bytes are decoded in the inference process, never in the flow's. */
export type ImageInput =
  | { readonly kind: 'encoded'; readonly data: Uint8Array }
  | {
      readonly kind: 'raw'
      /** Interleaved samples, row-major. */
      readonly data: Uint8Array | Uint16Array
      readonly width: number
      readonly height: number
      /** 1 = grey, 2 = grey + alpha, 3 = RGB, 4 = RGBA; alpha is dropped. */
      readonly channels: 1 | 2 | 3 | 4
    }

/** Refuse before decoding: both are checked on the header, before any pixel is touched. */
export interface ImageLimits {
  readonly maxBytes: number
  readonly maxPixels: number
}

/** What one inference gives. */
export interface Inference {
  readonly score: number
  readonly map: AnomalyMap
  readonly image: InspectedImage
  readonly timing: {
    readonly queuedMs: number
    readonly decodeMs: number
    readonly inferMs: number
    readonly totalMs: number
  }
  /** Execution provider that really ran it, e.g. `cpu`. */
  readonly device: string
}

/** A full queue is normal on a live line: the policy says which image loses. */
export type DropPolicy = 'drop-oldest' | 'drop-newest' | 'reject'

export interface EngineOptions {
  /** Model folder. */
  readonly model: string
  readonly device?: 'cpu' | 'cuda' | 'tensorrt'
  /** Threads of one inference; 0 lets onnxruntime take one a core. */
  readonly threads?: number
  readonly queue?: { readonly maxImages?: number; readonly maxBytes?: number; readonly policy?: DropPolicy }
  readonly batch?: { readonly maxImages?: number; readonly maxWaitMs?: number }
  readonly limits?: Partial<ImageLimits>
  /** A job that takes longer has hung: its process is ended and the job counts as crashed on. */
  readonly jobTimeoutMs?: number
}

export interface EngineStatus {
  readonly state: 'starting' | 'ready' | 'restarting' | 'failed' | 'closed'
  /** Device in use once ready. */
  readonly device: string | null
  readonly queued: number
  readonly queuedBytes: number
  readonly running: number
  readonly done: number
  readonly failed: number
  readonly dropped: number
  readonly restarts: number
  /** Images a second over the last ten seconds. */
  readonly rate: number
  /** Process id of the inference process, while there is one. */
  readonly pid: number | null
  /** Why it is restarting or has failed. */
  readonly lastError: string | null
}

export interface InferRequest {
  readonly image: ImageInput
  readonly signal?: AbortSignal
}

/** One model on one device, in a process of its own. */
export interface Engine {
  readonly model: ModelFacts
  /** Resolves with the result, or rejects with a coded error (ENGINE_…, IMAGE_…). */
  infer(request: InferRequest): Promise<Inference>
  status(): EngineStatus
  /** Called at every change of state and at most four times a second for counters; returns the unsubscribe. */
  onStatus(listener: (status: EngineStatus) => void): () => void
  /** Ends within 5 s whatever runs; queued jobs reject with ENGINE_CLOSED. */
  close(): Promise<void>
}

export interface ModelFacts {
  readonly name: string
  readonly method: string
  readonly version: string
  readonly imageSize: number
}
