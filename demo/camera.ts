import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MqttClient } from 'mqtt'
import sharp from 'sharp'
import type { Truth } from './truth.ts'

/** A part as the camera sees it, with what a real camera would not know: whether it is good, and where its defect is. */
export interface Part {
  readonly product: string
  readonly sample: string
  readonly good: boolean
  readonly image: Buffer
  /** PNG, white where the defect is. */
  readonly mask: Buffer
}

/** Topics of the camera; `truth` is for the demonstration's page alone. */
const cameraTopic = (product: string): string => `demo/camera/${product}`
const truthTopic = (product: string): string => `demo/truth/${product}`

/** Reads the sample parts: files `PRODUCT-good…png` and `PRODUCT-bad…png` with masks of the same names. */
export const readParts = async (folder: string): Promise<Part[]> => {
  const files = (await readdir(join(folder, 'samples'))).filter((file) => file.endsWith('.png')).toSorted()
  return Promise.all(
    files.map(async (file) => ({
      product: file.split('-')[0]!,
      sample: file.replace(/\.png$/, ''),
      good: file.includes('-good'),
      image: await readFile(join(folder, 'samples', file)),
      mask: await readFile(join(folder, 'masks', file)),
    })),
  )
}

/** How much two pictures of one part differ: shift in pixels, brightness as a share. */
const MAX_SHIFT = 4
const MAX_BRIGHTNESS = 0.04

/** Another picture of a part: the camera trembles and the light changes a little. */
const photograph = async (
  { image, mask }: Part,
  random: () => number,
): Promise<{ image: Buffer; mask: Buffer }> => {
  const { width, height } = await sharp(image).metadata()
  const window = {
    left: Math.floor(random() * MAX_SHIFT),
    top: Math.floor(random() * MAX_SHIFT),
    width: width - MAX_SHIFT,
    height: height - MAX_SHIFT,
  }
  const brightness = 1 + (2 * random() - 1) * MAX_BRIGHTNESS
  return {
    image: await sharp(image).extract(window).modulate({ brightness }).jpeg({ quality: 92 }).toBuffer(),
    mask: await sharp(mask).extract(window).png().toBuffer(),
  }
}

/** mulberry32: the same parts in the same light at every start. */
const seededRandom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface CameraOptions {
  readonly parts: readonly Part[]
  /** Pause between pictures while a threshold calibrates and afterwards, ms. */
  readonly pauseMs: { readonly calibrating: number; readonly running: number }
  /** Told what a part really is before its picture goes out. */
  readonly onPart: (truth: Truth) => void
  /** Resolves once a picture has been inspected, with whether it was used for calibrating; null = nothing was heard. */
  readonly inspected: (sha256: string) => Promise<{ readonly calibrating: boolean } | null>
  readonly signal: AbortSignal
}

/**
 * Publishes pictures as a camera on the line would, until it is told to stop: product after product, a good part and a
 * bad one of each. While a product's threshold calibrates it sees good parts only, as an operator would see to it.
 * The line waits for each inspection, so that a slow machine loses no part that a calibration counts on.
 */
export const runCamera = async (
  client: MqttClient,
  { parts, pauseMs, onPart, inspected, signal }: CameraOptions,
): Promise<void> => {
  const random = seededRandom(1)
  const show = async (part: Part): Promise<boolean> => {
    const { image, mask } = await photograph(part, random)
    const sha256 = createHash('sha256').update(image).digest('hex')
    const truth = { sha256, sample: part.sample, good: part.good, mask: mask.toString('base64') }
    onPart(truth)
    const seen = inspected(sha256)
    await client.publishAsync(truthTopic(part.product), JSON.stringify(truth), { qos: 1 })
    await client.publishAsync(cameraTopic(part.product), image, { qos: 1 })
    const calibrating = (await seen)?.calibrating ?? false
    await sleep(calibrating ? pauseMs.calibrating : pauseMs.running, undefined, { signal }).catch(
      () => undefined,
    )
    return calibrating
  }
  const products = [...Map.groupBy(parts, ({ product }) => product).values()]
  for (let turn = 0; ; turn++)
    for (const product of products)
      for (const good of [true, false]) {
        const kind = product.filter((part) => part.good === good)
        if (signal.aborted) return
        if (await show(kind[turn % kind.length]!)) break
      }
}
