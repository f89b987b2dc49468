import { readFile } from 'node:fs/promises'
import type { Device, EngineOptions, ImageInput, Inference } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import { inEngine } from './in-engine.ts'
import type { Variant } from './variants.ts'

/** What one run of a variant, in a process of its own, has shown. */
export interface VariantRun {
  /** From the start of the process to the end of its self-test. */
  readonly readyMs: number
  /** Milliseconds of inference an image, of each batch. */
  readonly inferMs: readonly number[]
  /** Milliseconds of decoding and resizing, of each image. */
  readonly decodeMs: readonly number[]
  /** Peak resident memory of the process in MB (10⁶ bytes); null where the system does not say. */
  readonly peakMB: number | null
}

export interface MeasureOptions {
  readonly device: Device
  /** Batches are begun for so long, at least one. */
  readonly seconds: number
  readonly className: string | null
  readonly signal: AbortSignal
}

/** A batch leaves when it is full; all its images come at once. */
const NEVER_ALONE_MS = 60_000

/** Runs a variant over the images, again and again. @throws MODEL_…, ENGINE_…, IMAGE_… */
export const measureVariant = async (
  { model, threads, batch }: Variant,
  images: readonly ImageInput[],
  { device, seconds, className, signal }: MeasureOptions,
): Promise<VariantRun> => {
  const start = performance.now()
  const options: EngineOptions = {
    model: model.folder,
    device,
    threads,
    queue: { policy: 'reject', maxImages: batch, maxBytes: 2 ** 32 - 1 },
    batch: { maxImages: batch, maxWaitMs: NEVER_ALONE_MS, ahead: 0 },
  }
  return inEngine(options, signal, async (engine) => {
    let next = 0
    const inspect = async () => {
      const results = Array.from({ length: batch }, () => {
        const image = images[next++ % images.length]!
        return engine.infer({ image, ...(className === null ? {} : { className }) })
      })
      const timings = (await Promise.all(results)).map(({ timing }) => timing)
      return { inferMs: inferenceOf(timings) / batch, decodeMs: timings.map(({ decodeMs }) => decodeMs) }
    }
    const readyMs = performance.now() - start
    await inspect()
    const inferMs: number[] = []
    const decodeMs: number[] = []
    const until = performance.now() + seconds * 1000
    do {
      const timing = await inspect()
      inferMs.push(timing.inferMs)
      decodeMs.push(...timing.decodeMs)
    } while (performance.now() < until)
    return { readyMs, inferMs, decodeMs, peakMB: await peakMegabytes(engine.status().pid) }
  })
}

/** Images of one inference have its time in common; what is too much at once goes one by one, and is no batch. */
const inferenceOf = (timings: readonly Inference['timing'][]): number => {
  const [inference, ...others] = new Set(timings.map(({ inferMs }) => inferMs))
  if (others.length > 0)
    throw codedError(
      'ENGINE_INFERENCE',
      `a batch of ${timings.length} images did not run, and they went one by one; memory may be too small for it. Take a smaller batch.`,
    )
  return inference!
}

/** Linux alone says it of another process. */
const peakMegabytes = async (pid: number | null): Promise<number | null> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? null : (Number(kibibytes) * 1024) / 1e6
}
