import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, ImageInput } from '../../engine/index.ts'
import { isCodedError } from '../../errors/index.ts'

/** An image that a camera takes. */
export interface Arrival {
  /** Milliseconds from the beginning. */
  readonly at: number
  readonly camera: number
}

export interface Line {
  readonly cameras: number
  /** Images a second of all cameras together. */
  readonly perSecond: number
  readonly seconds: number
}

/** Cameras of a line do not keep exact time: each image comes up to so much of its period too early or too late. */
const JITTER = 0.25

/**
 * When the cameras take their images: each periodically with jitter, all equally often, at phases of their own. The arrivals do not
 * depend on the answers (an open loop): a camera does not wait for the model.
 * @param random 0..1
 */
export const arrivalsOf = ({ cameras, perSecond, seconds }: Line, random: () => number): Arrival[] => {
  const period = (1000 * cameras) / perSecond
  return Array.from({ length: cameras }, (_, camera) => {
    const phase = random() * period
    const images = Math.max(1, Math.ceil((seconds * 1000 - phase) / period))
    return Array.from({ length: images }, (_, image) => ({
      at: Math.max(0, phase + (image + JITTER * (2 * random() - 1)) * period),
      camera,
    }))
  })
    .flat()
    .sort((a, b) => a.at - b.at)
}

/** What one line has shown. */
export interface LineRun {
  /** Milliseconds from when each image was due to its result, by camera. */
  readonly latencies: readonly (readonly number[])[]
  /** Given up by the queue, by camera. */
  readonly dropped: readonly number[]
}

export interface Time {
  now(): number
  /** Resolves when it is that late. */
  until(at: number): Promise<void>
}

const thisTime: Time = {
  now: () => performance.now(),
  until: (at) => sleep(Math.max(0, at - performance.now())),
}

/** Gives an image of a camera to whatever is measured; resolves with its result. */
export type Inspect<T> = (image: T, camera: number) => Promise<unknown>

/**
 * Sends images as they arrive. An image's time begins when it was due, not when it could be sent: otherwise a stall would hide those that it kept
 * waiting ("coordinated omission").
 * @throws what the inspection rejects with, but for images that the queue gives up
 */
export const runLine = async <T>(
  inspect: Inspect<T>,
  images: readonly T[],
  arrivals: readonly Arrival[],
  signal: AbortSignal,
  time: Time = thisTime,
): Promise<LineRun> => {
  const cameras = Math.max(...arrivals.map(({ camera }) => camera)) + 1
  const latencies = Array.from({ length: cameras }, (): number[] => [])
  const dropped = Array.from({ length: cameras }, () => 0)
  const start = time.now()
  const follow = async ({ at, camera }: Arrival, image: T): Promise<void> => {
    try {
      await inspect(image, camera)
      latencies[camera]!.push(time.now() - start - at)
    } catch (error) {
      if (!isCodedError(error, 'ENGINE_DROPPED')) throw error
      dropped[camera]! += 1
    }
  }
  const underWay: Promise<void>[] = []
  for (const [index, arrival] of arrivals.entries()) {
    signal.throwIfAborted()
    await time.until(start + arrival.at)
    const result = follow(arrival, images[index % images.length]!)
    // Told at the end, by Promise.all.
    result.catch(() => {})
    underWay.push(result)
  }
  await Promise.all(underWay)
  return { latencies, dropped }
}

/** Images a second of what never has to wait for one: so many are always under way, each of a camera of its own. */
export const capacityOf = async <T>(
  inspect: Inspect<T>,
  images: readonly T[],
  { inFlight, seconds }: { readonly inFlight: number; readonly seconds: number },
): Promise<number> => {
  const start = performance.now()
  let sent = 0
  let done = 0
  let last = start
  const worker = async (camera: number): Promise<void> => {
    do {
      await inspect(images[sent++ % images.length]!, camera)
      done += 1
      last = performance.now()
    } while (performance.now() - start < seconds * 1000)
  }
  await Promise.all(Array.from({ length: inFlight }, (_, camera) => worker(camera)))
  return (done * 1000) / (last - start)
}

/** Through an engine each camera is a source of its own. */
export const throughEngine =
  (engine: Pick<Engine, 'infer'>, className: string | null): Inspect<ImageInput> =>
  (image, camera) =>
    engine.infer({ image, source: `camera-${camera + 1}`, ...(className === null ? {} : { className }) })
