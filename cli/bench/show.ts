import { median } from 'd3-array'
import { table } from '../table.ts'
import type { LineRun } from './cameras.ts'
import type { ModelChange } from './change.ts'
import { figure, percentile, spreadOf } from './figures.ts'
import type { Recommendation } from './recommend.ts'
import { msAnImage, type VariantResult } from './rounds.ts'
import { threadsInWords } from './variants.ts'

/** Names stand left, numbers right under each other. */
const rightAligned = (rows: readonly (readonly string[])[], names: number): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return table(
    rows.map((row) => row.map((cell, column) => (column < names ? cell : cell.padStart(widths[column]!)))),
  )
}

/** Of all models; the ratio is to the first row that could be measured. */
export const variantsTable = (results: readonly VariantResult[]): string => {
  const first = results.map(msAnImage).find((ms) => ms !== null)
  return rightAligned(
    [
      [
        'model',
        'threads',
        'batch',
        'ms an image',
        'images/s',
        'speed',
        'decoding, ms',
        'load, ms',
        'memory, MB',
      ],
      ...results.map((result) => {
        const { variant, runs, failure } = result
        const ms = msAnImage(result)
        const memory = runs.flatMap(({ peakMB }) => (peakMB === null ? [] : [peakMB]))
        return [
          variant.model.name,
          threadsInWords(variant.threads),
          String(variant.batch),
          failure === null || ms !== null ? spreadOf(runs.flatMap(({ inferMs }) => inferMs)) : 'failed',
          ms === null ? '-' : figure(1000 / ms),
          ms === null || first === undefined ? '-' : `${(first! / ms).toFixed(2)} ×`,
          spreadOf(runs.flatMap(({ decodeMs }) => decodeMs)),
          runs.length === 0 ? '-' : figure(median(runs, ({ readyMs }) => readyMs)!),
          memory.length === 0 ? '-' : figure(Math.max(...memory)),
        ]
      }),
    ],
    2,
  )
}

export const changesTable = (changes: readonly ModelChange[]): string =>
  rightAligned(
    [
      ['model', 'images', 'score, mean', 'score, most', 'map, mean', 'map, most', 'AUROC'],
      ...changes.map(({ name, change, auroc, failure }) => [
        name,
        failure !== null ? 'failed' : change === null ? 'reference' : String(change.images),
        ...(change === null
          ? ['-', '-', '-', '-']
          : [change.meanScore, change.maxScore, change.meanMap, change.maxMap].map((value) =>
              value.toFixed(4),
            )),
        auroc === null ? '-' : `${(auroc * 100).toFixed(1)} %`,
      ]),
    ],
    1,
  )

export interface LineResult extends LineRun {
  readonly cameras: number
  readonly load: number
  readonly perSecond: number
}

/** Says which model and settings the table is of. */
export const linesTitle = ({
  model,
  threads,
  batch,
}: Pick<Recommendation, 'model' | 'threads' | 'batch'>): string =>
  `Cameras on ${model}, threads ${threadsInWords(threads)}, batches of at most ${batch}:`

export const linesTable = (lines: readonly LineResult[]): string =>
  rightAligned(
    [
      [
        'cameras',
        'images/s',
        'images',
        'p50, ms',
        'p99, ms',
        'most, ms',
        'p99 of the slowest camera',
        'dropped',
      ],
      ...lines.map(({ cameras, perSecond, latencies, dropped }) => {
        const all = latencies.flat()
        const slowest = Math.max(
          ...latencies.filter(({ length }) => length > 0).map((own) => percentile(own, 0.99)),
        )
        return [
          String(cameras),
          figure(perSecond),
          String(all.length),
          ...[percentile(all, 0.5), percentile(all, 0.99), Math.max(...all), slowest].map((ms) =>
            Number.isFinite(ms) ? figure(ms) : '-',
          ),
          String(dropped.reduce((sum, count) => sum + count, 0)),
        ]
      }),
    ],
    0,
  )
