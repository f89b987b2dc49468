import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Device } from '../../engine/index.ts'
import { coreCount } from '../../models/cores.ts'
import { thisPackage } from '../../models/package.ts'
import type { ModelChange } from './change.ts'
import type { BenchImages } from './images.ts'
import { adviceInWords, type Recommendation } from './recommend.ts'
import type { VariantResult } from './rounds.ts'
import type { LineResult } from './show.ts'

export interface Measurements {
  readonly device: Device
  readonly images: BenchImages
  readonly results: readonly VariantResult[]
  readonly changes: readonly ModelChange[]
  readonly lines: readonly LineResult[]
  readonly advice: Recommendation | null
  /** What went wrong besides the variants, a sentence each. */
  readonly failures: readonly string[]
}

/** More digits than a second run would confirm. */
const toFiveDigits = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(5)) : value

/** All that was measured, figure by figure, for a program to read. */
export const recordOf = ({
  device,
  images,
  results,
  changes,
  lines,
  advice,
  failures,
}: Measurements): string =>
  `${JSON.stringify(
    {
      machine: {
        cpu: cpus()[0]?.model.trim() ?? null,
        // null: the system does not say.
        cores: coreCount() || null,
        threads: availableParallelism(),
        memoryMB: Math.round(totalmem() / 1e6),
        platform: `${process.platform} ${process.arch}`,
        node: process.versions.node,
        package: thisPackage.version,
      },
      device,
      images: images.timed.map(({ name }) => name),
      comparedOn: images.compared.map(({ name }) => name),
      variants: results.map(({ variant: { model, threads, batch }, runs, failure }) => ({
        model: model.name,
        version: model.manifest.version,
        imageSize: model.manifest.imageSize,
        precision: model.manifest.precision,
        threads,
        batch,
        runs,
        failure,
      })),
      changes,
      cameras: lines,
      recommendation: advice === null ? null : { ...advice, sentences: adviceInWords(advice) },
      failures,
    },
    toFiveDigits,
    1,
  )}\n`
