import { isCodedError } from '../../errors/index.ts'
import type { Backend, Prediction } from '../backends/index.ts'
import type { RemoteBackend } from '../backends/types.ts'

/** What came of images that the model ran together. */
export type Outcome = { readonly first: number; readonly count: number } & (
  | { readonly predictions: readonly Prediction[]; readonly inferMs: number }
  | { readonly thrown: unknown }
)

/** Runs the images of one batch. */
export interface BatchRunner {
  /**
   * Runs images of one class, together where the model takes them so.
   * @param images uint8 [S, S, 3] each @param text as `Backend.run` has it
   * @returns outcomes in the order of the images, each as soon as it is there
   */
  run(images: readonly Uint8Array[], text: Float32Array | null): AsyncGenerator<Outcome>
  /** The batch has its time anew: its progress was told. */
  renew(): void
}

/** Told that no more images than these are run together from now on, and why. */
export type OnSmaller = (images: number, thrown: unknown) => void

/**
 * Runs batches on a backend, for as long as the process lives. What is refused as a batch (too much for the device's memory, too long a body for a proxy) goes one by one, and
 * then says which image it is. Where it was none of them, twice in a row, it was their number and not a passing want of memory: half as many go together from then on, so that not
 * every batch is tried in vain.
 */
export const batchRunner = (
  backend: Backend | RemoteBackend,
  onSmaller: OnSmaller,
): { startBatch(): BatchRunner } => {
  let most = Number.POSITIVE_INFINITY
  /** A batch was refused, and none that went together has passed since. */
  let isRefused = false
  const newRun = () => ('watch' in backend ? backend.startBatch() : backend.run)

  const lower = (refused: number, thrown: unknown): void => {
    const next = refused >> 1
    if (next >= most) return
    most = next
    onSmaller(most, thrown)
  }

  return {
    startBatch: () => {
      let run = newRun()

      const outcomeOf = async (
        images: readonly Uint8Array[],
        text: Float32Array | null,
        first: number,
        count: number,
      ): Promise<Outcome> => {
        const started = performance.now()
        try {
          const predictions = await run(images.slice(first, first + count), text)
          return { first, count, predictions, inferMs: performance.now() - started }
        } catch (thrown) {
          return { first, count, thrown }
        }
      }

      async function* runAll(
        images: readonly Uint8Array[],
        text: Float32Array | null,
      ): AsyncGenerator<Outcome> {
        for (let first = 0; first < images.length; ) {
          const count = Math.min(most, images.length - first)
          const outcome = await outcomeOf(images, text, first, count)
          // No image is to blame for a server that is away.
          if (count === 1 || !('thrown' in outcome) || isOfServer(outcome.thrown)) {
            if (count > 1 && !('thrown' in outcome)) isRefused = false
            yield outcome
          } else {
            let isAnyToBlame = false
            for (let one = first; one < first + count; one++) {
              const alone = await outcomeOf(images, text, one, 1)
              if ('thrown' in alone) isAnyToBlame = true
              yield alone
            }
            if (!isAnyToBlame && isRefused) lower(count, outcome.thrown)
            isRefused = !isAnyToBlame && !isRefused
          }
          first += count
        }
      }

      return {
        run: runAll,
        renew: () => {
          run = newRun()
        },
      }
    },
  }
}

const isOfServer = (thrown: unknown): boolean =>
  isCodedError(thrown) && (thrown.code.startsWith('ENGINE_SERVER_') || thrown.code === 'ENGINE_SELF_TEST')
