import { figure, ratio, spread, table } from './figures.ts'
import { median } from './measure.ts'
import type { Results } from './results.ts'

type PrecisionResults = NonNullable<Results['precision']>

/** Speed and size of a model in each precision; what each does to scores is the model's own, in model.json. */
export const precisionSection = ({ models, rounds }: PrecisionResults): string => {
  const row = (measured: PrecisionResults['rounds']['whole'], key: 'fp32' | 'int8' | 'int4') => {
    const ms = measured.map((round) => round[key])
    const faster = measured.map((round) => round.fp32 / round[key])
    return [spread(ms), ratio(median(measured.map(({ fp32 }) => fp32)) / median(ms)), ratio(median(faster))]
  }
  return `## Precisions

ViT-L at 518 px, one image, \`session.run\` alone, all precisions in one process, turn by turn; beside it the six linear layers of one block alone, one behind the
other (1370 tokens, width 1024). Faster: fp32's time over this one's. Aims where the CPU has VNNI or ARM's dot product: int8 at least 1.6 × faster as a whole, 2.5 × in its linear
layers. Memory and load are of processes of their own. fp16 is for GPUs, and not here.

${table(
  [
    'precision',
    'whole, ms',
    'faster, by medians',
    'median of pairs',
    'linear layers of a block, ms',
    'faster, by medians',
    'median of pairs',
    'files, MB',
    'load, ms',
    'peak memory, MB',
    'build, s',
    'its peak memory, MB',
  ],
  models.map(({ precision, fileMB, session, build }) => [
    precision,
    ...row(rounds.whole, precision),
    ...row(rounds.layers, precision),
    figure(fileMB),
    figure(session.loadMs),
    figure(session.peakMB),
    figure(build.seconds),
    figure(build.peakMB),
  ]),
)}`
}
