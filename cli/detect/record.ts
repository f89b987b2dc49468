import type { Inference } from '../../engine/types.ts'
import type { AnomalyMap } from '../../inspection/types.ts'
import type { Outputs } from './outputs.ts'

/** One line of `detect --json`. */
export interface DetectionRecord {
  /** As it was given. */
  readonly file: string
  readonly score: number
  /** The map's highest value: where it lies in the map, and at which pixel of the image, both from the top left. */
  readonly peak: {
    readonly value: number
    readonly map: { readonly x: number; readonly y: number }
    readonly image: { readonly x: number; readonly y: number }
  }
  readonly map: {
    readonly width: number
    readonly height: number
    readonly mean: number
    readonly file?: string
  }
  readonly overlay?: { readonly file: string }
  readonly image: Inference['image']
  /** How it was inspected that was not inspected whole. */
  readonly view?: NonNullable<Inference['view']>
  /** With the class that the image was compared with, where the model takes one. */
  readonly model: Inference['model'] & { readonly device: string; readonly className?: string }
  readonly timing: Inference['timing']
}

export const recordOf = (file: string, result: Inference, outputs: Outputs): DetectionRecord => {
  const { map, image, view, model, device, className } = result
  const { value, x, y, mean } = summarise(map)
  return {
    file,
    score: result.score,
    peak: {
      value,
      map: { x, y },
      image: { x: scaled(x, map.width, image.width), y: scaled(y, map.height, image.height) },
    },
    map: { width: map.width, height: map.height, mean, ...(outputs.map ? { file: outputs.map } : {}) },
    ...(outputs.overlay ? { overlay: { file: outputs.overlay } } : {}),
    image,
    ...(view === undefined ? {} : { view }),
    model: { ...model, device, ...(className === null ? {} : { className }) },
    timing: result.timing,
  }
}

/** The image's pixel under the middle of a pixel of the map, which covers the whole image. */
const scaled = (at: number, from: number, to: number): number => Math.floor(((at + 0.5) * to) / from)

const summarise = ({ data, width }: AnomalyMap) => {
  let sum = 0
  let highest = 0
  for (let index = 0; index < data.length; index++) {
    sum += data[index]!
    if (data[index]! > data[highest]!) highest = index
  }
  return {
    value: data[highest]!,
    x: highest % width,
    y: Math.floor(highest / width),
    mean: sum / data.length,
  }
}

export const TABLE_HEAD = ' score  map max  at (x, y)     file'

/** One line of the table, in image pixels. */
export const tableRow = ({ file, score, peak }: DetectionRecord): string =>
  [
    score.toFixed(4).padStart(6),
    peak.value.toFixed(4).padStart(7),
    `(${peak.image.x}, ${peak.image.y})`.padEnd(12),
    file,
  ].join('  ')
