import { type CodedError, codedError } from '../errors/index.ts'
import { payloadOf } from './protocol.ts'
import type { ImageInput, Inference, InferRequest, View } from './types.ts'
import { readView } from './view/read.ts'

/** One image on its way to its result. */
export interface Job {
  readonly id: number
  readonly image: ImageInput
  readonly className: string | null
  /** null: the whole image. */
  readonly view: View | null
  /** Takes turns with the others in the queue. */
  readonly source: string
  /** Of the image, and of the view's mask. */
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
 * @throws IMAGE_VIEW
 * @param onSettled called once, with null for a result
 */
export const createJob = (
  id: number,
  { image, className, view: wanted, source, signal }: InferRequest,
  acceptedAt: number,
  onSettled: (job: Job, error: CodedError | null) => void,
): Job => {
  const view = readView(wanted)
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
    view,
    source: source ?? '',
    bytes: payloadOf(image, view).reduce((sum, { byteLength }) => sum + byteLength, 0),
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
