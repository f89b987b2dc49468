import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readView, tilesOfText, type View } from '../../engine/index.ts'
import { codedError, messageOf, shown } from '../../errors/index.ts'
import { readLine } from '../wiring/index.ts'

/** What the editor saves of a view, each '' where it is left open; a source's own fields count before those of the node. */
interface ViewFields {
  /** `3x2`, `518`, or `none` for a source that has none although the node has. */
  readonly tiles: string
  readonly rotation: string
  readonly region: string
  readonly ignore: string
  readonly ignoreMask: string
}

const FIELDS = ['tiles', 'rotation', 'region', 'ignore', 'ignoreMask'] as const

/** A mask of black and white that is larger is none. */
const MAX_MASK_BYTES = 32 * 1024 * 1024

/**
 * The views that a node's settings have for its sources. Masks are read here, when the node is deployed: reading one while messages come
 * could let an image pass another.
 * @param folder that paths of masks are relative to
 * @returns the view of a source; null = its images are inspected whole
 * @throws NODE_CONFIG naming the field, and the source where the field is its own
 */
export const readViews = (config: object, folder: string): ((source: string) => View | null) => {
  const common = { overlap: readLine(config, 'overlap'), score: readLine(config, 'tileScore') }
  const own: ViewFields = {
    tiles: readLine(config, 'tiles'),
    rotation: readLine(config, 'rotation'),
    region: readLine(config, 'region'),
    ignore: readLine(config, 'ignore'),
    ignoreMask: readLine(config, 'ignoreMask'),
  }
  const viewOf = (fields: ViewFields, where: string): View | null => {
    try {
      const { tiles, ignoreMask } = fields
      return readView({
        ...fields,
        tiles:
          tiles === '' || tiles.toLowerCase() === 'none'
            ? null
            : { ...tilesOfText(tiles), overlap: common.overlap },
        ignoreMask: ignoreMask === '' ? null : readMask(resolve(folder, ignoreMask)),
        score: common.score,
      })
    } catch (thrown) {
      throw codedError('NODE_CONFIG', `${where}: ${messageOf(thrown)} Open the node and correct it.`, {
        cause: thrown,
      })
    }
  }
  const view = viewOf(own, 'the view of images')
  const views = new Map(
    rowsOf(config, 'views').map(({ source, ...fields }) => [
      source,
      viewOf(merged(own, fields), `the view of images of ${shown(source)}`),
    ]),
  )
  return (source) => views.get(source) ?? (views.has(source) ? null : view)
}

const merged = (own: ViewFields, row: ViewFields): ViewFields => ({
  ...own,
  ...Object.fromEntries(FIELDS.filter((field) => row[field] !== '').map((field) => [field, row[field]])),
})

const rowsOf = (config: object, field: string): (ViewFields & { readonly source: string })[] => {
  const rows: unknown = Reflect.get(config, field) ?? []
  if (!Array.isArray(rows))
    throw codedError(
      'NODE_CONFIG',
      `"${field}" is ${shown(rows)}, expected a list. Open the node and correct it.`,
    )
  const sources = new Set<string>()
  return rows.map((row: unknown) => {
    const source = readLine(Object(row), 'source')
    if (source === '' || sources.has(source))
      throw codedError(
        'NODE_CONFIG',
        `"${field}" has ${source === '' ? 'a row without a source' : `two rows for ${shown(source)}`}, expected one for each source. ` +
          'Open the node and correct it.',
      )
    sources.add(source)
    const [tiles, rotation, region, ignore, ignoreMask] = FIELDS.map((name) =>
      readLine(Object(row), name),
    ) as [string, string, string, string, string]
    return { source, tiles, rotation, region, ignore, ignoreMask }
  })
}

const readMask = (file: string): Uint8Array => {
  const { size } = statSync(file)
  if (size > MAX_MASK_BYTES)
    throw codedError(
      'IMAGE_VIEW',
      `the mask ${file} has ${size} bytes, at most ${MAX_MASK_BYTES} are allowed.`,
    )
  return readFileSync(file)
}
