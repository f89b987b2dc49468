import { type CodedError, codedError } from '../errors/index.ts'
import { bytesOf } from './protocol.ts'
import type { ImageInput, Inference, InferRequest } from './types.ts'

/** One image on its way to its result. */
export interface Job {
  readonly id: number
  readonly image: ImageInput
  readonly className: string | null
  /** Takes turns with the others in the queue. */
  readonly source: string
  readonly bytes: number
  /** Milliseconds of the engine's clock. */
  readonly acceptedAt: number
  handedOverAt: number
  /** Processes that ended while they worked on it. */
  crashes: number
  readonly result: Promise<Inference>
  readonly isSettled: boolean
  /** The first of the two counts, and whatever comes after it is discarded. */
  resolve(inference: Inference): void
  reject(error: CodedError): void
}

/**
 * Makes a job of a request; it rejects with ENGINE_CANCELLED when the request's signal says so.
 * @param onSettled called once, with null for a result
 */
export const createJob = (
  id: number,
  { image, className, source, signal }: InferRequest,
  acceptedAt: number,
  onSettled: (job: Job, error: CodedError | null) => void,
): Job => {
  const { promise: result, resolve, reject } = Promise.withResolvers<Inference>()
  let isSettled = false

  const settle = (how: () => void, error: CodedError | null): void => {
    if (isSettled) return
    isSettled = true
    signal?.removeEventListener('abort', cancel)
    how()
    onSettled(job, error)
  }

  const job: Job = {
    id,
    image,
    className: className ?? null,
    source: source ?? '',
    bytes: bytesOf(image).byteLength,
    acceptedAt,
    handedOverAt: acceptedAt,
    crashes: 0,
    result,
    get isSettled() {
      return isSettled
    },
    resolve: (inference) => settle(() => resolve(inference), null),
    reject: (error) => settle(() => reject(error), error),
  }

  const cancel = (): void =>
    job.reject(codedError('ENGINE_CANCELLED', 'the image was taken back', { cause: signal?.reason }))
  signal?.addEventListener('abort', cancel)
  if (signal?.aborted) cancel()
  return job
}
