import type { CodedError } from '../../errors/index.ts'

/** What the model says of one image. */
export interface Prediction {
  /** Probability of "abnormal", 0..1. */
  readonly score: number
  /** float32 [S, S], row-major, 0..1. */
  readonly map: Float32Array
}

/** A model loaded somewhere that can run it. */
export interface Backend {
  /** Where it runs, e.g. `cpu`. */
  readonly device: string
  /**
   * @param images uint8 [S, S, 3] each, RGB, at the model's own size; the predictions come in the same order
   * @param text float32 [2, D] of their class, rows normal and abnormal; null for a model that takes no class names
   */
  run(images: readonly Uint8Array[], text: Float32Array | null): Promise<Prediction[]>
  close(): Promise<void>
}

/** A backend on another machine, which may come and go. */
export interface RemoteBackend extends Omit<Backend, 'run'> {
  /**
   * What runs the images of one batch, however many inferences they take: all of it ends within the time of a batch, which begins now. It rejects with why
   * the server cannot be used, at once while that is known.
   */
  startBatch(): Backend['run']
  /**
   * Begins to look after it; called once. The listener gets null when it can be used, and why when it cannot, from the first time that either is
   * known.
   */
  watch(listener: (why: CodedError | null) => void): void
}
