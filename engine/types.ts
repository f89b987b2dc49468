import type { AnomalyMap, InspectedImage, InspectedView } from '../inspection/types.ts'
import type { Differences } from '../models/precision/tolerance.ts'
import type { View } from './view/types.ts'

export type { View } from './view/types.ts'

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
  /** Execution provider or server that really ran it, e.g. `cpu`. */
  readonly device: string
  readonly model: ModelFacts
  /** The class whose prompts it was compared with; null for a model that takes none. */
  readonly className: string | null
  /** What of the image was inspected, and in which tiles; absent where it was inspected whole. */
  readonly view?: InspectedView
}

/**
 * A full queue is normal on a live line: the policy says which image loses, and that is always one of the source that holds most.
 * `latest-only`: of each source nothing but the newest image waits; a full queue then drops the oldest.
 */
export type DropPolicy = 'drop-oldest' | 'drop-newest' | 'reject' | 'latest-only'

/** Where a model runs. */
export type Device = 'cpu' | 'cuda' | 'tensorrt'

/** A model on an inference server that speaks KServe v2 (Open Inference Protocol) over HTTP. */
export interface ServerOptions {
  /** `http` or `https`; a path in it stands before `/v2`. */
  readonly url: string
  /** Its name on the server. */
  readonly model: string
  /** Empty or absent = the server chooses, which is its newest as a rule. */
  readonly version?: string
  /** Bearer token; goes over https only, or over http within this machine. */
  readonly token?: string
  /** PEM files: the authority of the server's certificate, in place of those that Node.js knows; this client's own certificate with its key. */
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  /** Of one request, after which the server counts as away. */
  readonly timeoutMs?: number
}

/** Defaults stand in `engine/options.ts`. */
export interface EngineOptions {
  /** Model folder. */
  readonly model: string
  readonly device?: Device
  /**
   * Runs the model there, in place of a device of this machine. The model folder is needed all the same, for what is not in the graph: its
   * self-test, text features and facts; its graph's own files may be missing.
   */
  readonly server?: ServerOptions
  /**
   * Tried in this order where `device` cannot be used, or gives another map than the model's manifest promises; the status then says which were
   * passed over and why. None: the engine fails, and runs nowhere that nobody chose.
   */
  readonly fallback?: readonly Device[]
  /** Threads of one inference; 0 takes one a core. */
  readonly threads?: number
  /** What may wait; images that are being inspected count no longer. */
  readonly queue?: { readonly maxImages?: number; readonly maxBytes?: number; readonly policy?: DropPolicy }
  /**
   * A batch leaves when it is full or its oldest image has waited `maxWaitMs`; 0 takes only what already waits. `ahead` batches are given to
   * the process while it works on another, so that it never waits for the next: for throughput. By default one is `in-time`, so late that it
   * is decoded just when the model is free: until then what waits stays within reach of the queue's policy.
   */
  readonly batch?: {
    readonly maxImages?: number
    readonly maxWaitMs?: number
    readonly ahead?: number | 'in-time'
  }
  readonly limits?: Partial<ImageLimits>
  /** A batch, or one inference of an image of many tiles, that takes longer has hung: its process is ended and its jobs count as crashed on. */
  readonly jobTimeoutMs?: number
  /** A process that is not ready by then is ended and counts as failed to start. */
  readonly startTimeoutMs?: number
}

/** What a start is busy with: comparing the files with their sha256, loading the graph on a device, the first image and its comparison. */
export type LoadStep = 'reading' | 'loading' | 'checking'

/** Differences from what the model's manifest promises for its own image (fp32 on a CPU), 0..1, and what is allowed. */
export interface SelfTest extends Differences {
  readonly tolerance: Differences
}

/** A device that was to be used, and why it is not: a coded error's message. */
export interface PassedOver {
  readonly device: Device
  readonly reason: string
}

/** How a model came to run where it does. */
export interface LoadReport {
  readonly selfTest: SelfTest
  /** In the order in which they were tried. */
  readonly passedOver: readonly PassedOver[]
}

export interface EngineStatus {
  /**
   * `failed` is final: make a new engine once the cause is mended. `away`: its server, or a device that it has served on, cannot be used for now; every
   * image fails with the reason at once, and it is tried until it can.
   */
  readonly state: 'starting' | 'ready' | 'restarting' | 'away' | 'failed' | 'closed'
  /** Device in use once ready. */
  readonly device: string | null
  /** null while there is no start under way, or it has not said yet. */
  readonly step: LoadStep | null
  /** null until it is ready. */
  readonly loaded: LoadReport | null
  /** Images that are run together at most, where more have turned out to be too many, and a coded error's message; null = as set. */
  readonly smaller: { readonly images: number; readonly reason: string } | null
  readonly queued: number
  readonly queuedBytes: number
  readonly running: number
  readonly done: number
  /** Rejected for the image's, the model's or the process's sake. */
  readonly failed: number
  /** Lost to a full queue or to a newer image, whatever the policy. */
  readonly dropped: number
  /** The same by source: of the first hundred that lost any. */
  readonly droppedBySource: Readonly<Record<string, number>>
  /** Taken back through their AbortSignal. */
  readonly cancelled: number
  readonly restarts: number
  /** Images a second over the last ten seconds. */
  readonly rate: number
  /** Process id of the inference process, while there is one. */
  readonly pid: number | null
  /** Why it is restarting, away or has failed. */
  readonly lastError: string | null
}

export interface InferRequest {
  /** Its bytes are not copied: leave them alone until the job has settled. */
  readonly image: ImageInput
  /** What is on it, for models that take class names; their default when absent. MODEL_CLASS where the model has no such class, or takes none. */
  readonly className?: string
  /** What of the image is inspected, and in which tiles; IMAGE_VIEW where that cannot be. Without, the image is inspected whole. */
  readonly view?: View
  /** Which camera it is of: sources take turns in the queue, one image each. Without one they all count as one source. */
  readonly source?: string
  readonly signal?: AbortSignal
}

/** One model on one device, in a process of its own. */
export interface Engine {
  /** null until the model has been loaded once. */
  readonly model: ModelFacts | null
  /** Settles with the first load: the model's facts, or why it has failed or its server is away. Nobody needs to listen to it. */
  readonly ready: Promise<ModelFacts>
  /**
   * Resolves with the result, or rejects with a coded error (ENGINE_…, IMAGE_…, MODEL_…).
   * May be called at once: jobs wait in the queue until the model is loaded, and reject with the load's error if it fails.
   */
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
