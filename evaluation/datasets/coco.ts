import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { isFile } from './files.ts'
import { onlyFile } from './only-file.ts'
import type { Findings, Reader, Sample, Shape } from './types.ts'

type Entry = Readonly<Record<string, unknown>>

/**
 * COCO's detection format: an image with annotations is bad, one without is good. Images lie beside the list, in
 * `images/` or in the folder above; the truth is the union of polygons, run lengths and, where there are neither, boxes.
 */
export const coco: Reader = async (root, found) => {
  const list = await onlyFile(root, '.json', found)
  if (list === undefined) return []
  const { images, annotations, categories } = listsOf(await readFile(list, 'utf8'))
  if (!images || !annotations) {
    found.damagedList(list, 'it is not JSON with the lists images and annotations')
    return []
  }
  const nameOf = new Map((categories ?? []).map(({ id, name }) => [id, String(name)]))
  const annotationsOf = Map.groupBy(annotations, ({ image_id }) => image_id)
  const ids = new Set(images.map(({ id }) => id))
  for (const id of annotationsOf.keys())
    if (!ids.has(id)) found.damagedList(list, `an annotation is of image ${String(id)}, which is not listed`)
  const samples: Sample[] = []
  for (const image of images) {
    const path = await pathOf(list, image.file_name)
    const drawn = annotationsOf.get(image.id) ?? []
    const strangers = drawn.filter(({ category_id }) => !nameOf.has(category_id))
    for (const { category_id } of strangers)
      found.unknownClass(list, String(category_id), [...nameOf.keys()].map(String))
    if (path === undefined) found.missing(join(dirname(list), String(image.file_name)), `${list} names it`)
    else if (drawn.length === 0) samples.push({ image: path, label: 0, type: 'good' })
    else if (strangers.length === 0) {
      const type = nameOf.get(drawn[0].category_id) ?? 'bad'
      samples.push(bad({ image: path, label: 1, type }, list, image, drawn, found))
    }
  }
  return [{ name: basename(resolve(root), '.json'), className: null, samples }]
}

const listsOf = (text: string): { [list: string]: readonly Entry[] | undefined } => {
  const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null
  try {
    const json: unknown = JSON.parse(text)
    if (!isEntry(json)) return {}
    return Object.fromEntries(
      Object.entries(json).map(([name, list]) => [
        name,
        Array.isArray(list) && list.every(isEntry) ? list : undefined,
      ]),
    )
  } catch {
    return {}
  }
}

const pathOf = async (list: string, name: unknown): Promise<string | undefined> => {
  if (typeof name !== 'string') return undefined
  for (const folder of ['.', 'images', '..', '../images']) {
    const path = resolve(dirname(list), folder, name)
    if (await isFile(path)) return path
  }
  return undefined
}

const bad = (
  sample: Sample,
  list: string,
  { width, height }: Entry,
  drawn: readonly Entry[],
  found: Findings,
): Sample => {
  const shapes = drawn.map(shapesOf)
  if (isSide(width) && isSide(height) && shapes.every((each) => each.length > 0))
    return { ...sample, mask: { kind: 'shapes', width, height, shapes: shapes.flat() } }
  found.damagedList(
    list,
    `${sample.image} has no width and height from 1 to ${MAX_SIDE}, or an annotation without segmentation and bbox`,
  )
  return sample
}

/** More than an image may have is a mistake in the list, and would be laid out byte by byte. */
const isSide = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= MAX_SIDE

const MAX_SIDE = 16_384

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isFinite(item))

const shapesOf = ({ segmentation, bbox }: Entry): Shape[] => {
  if (Array.isArray(segmentation) && segmentation.length > 0 && segmentation.every(isNumbers))
    return segmentation.map((points) => ({ kind: 'polygon', points }))
  const counts = (segmentation as { counts?: unknown } | undefined)?.counts
  if (typeof counts === 'string' || isNumbers(counts)) return [{ kind: 'rle', counts }]
  if (!isNumbers(bbox) || bbox.length !== 4) return []
  const [x, y, w, h] = bbox
  return [{ kind: 'polygon', points: [x, y, x + w, y, x + w, y + h, x, y + h] }]
}
