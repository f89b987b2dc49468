import { type Cell, figure, ratio, ratios, spread, table } from './figures.ts'
import { median } from './measure.ts'
import type { Results } from './results.ts'

const teraflop = (flops: number): string => (flops / 1e12).toFixed(2)

export const cpuSection = ({
  threads,
  flops,
  peakMB,
  pyTorch,
  rounds,
}: NonNullable<Results['cpu']>): string => {
  const seconds = rounds.map(({ ours }) => ours / 1000)
  const shares = rounds.map(({ ours, rate }) => flops / (ours / 1000) / rate)
  const peer =
    pyTorch === null
      ? 'PyTorch was not there (Debian: python3-torch), so that there is nothing to hold it against.'
      : `PyTorch ${pyTorch.version} (${pyTorch.blas.join(', ')}) computes the published method with the same weights, image and threads, all rows of every layer and unfused attention
as the published code does; score and map are compared. For its time it is given a C library that keeps its memory: without, it takes several times as long where the system is
slow to give out pages. Its memory is that of another process, with the C library as it comes; it holds the text tower (${figure(pyTorch.textTowerMB)} MB) too, and while it loads the file's fp16 beside the
model, as the published code's does (CLIP's loader). **Sparing** reads its weights tensor by tensor instead. Aims: at most 0.55 of its time, at most 0.6 of its memory.`
  const theirs: Cell[][] =
    pyTorch === null
      ? []
      : [
          [
            'PyTorch',
            spread(rounds.map((round) => round.theirs! / 1000)),
            ...ratios(rounds.map(({ ours, theirs }) => ({ bare: theirs!, other: ours }))),
            figure(pyTorch.peakMB),
            ratio(peakMB / pyTorch.peakMB),
            ratio(peakMB / (pyTorch.peakMB - pyTorch.textTowerMB)),
          ],
          [
            'sparing',
            ...['', '', ''],
            figure(pyTorch.sparingPeakMB),
            ratio(peakMB / pyTorch.sparingPeakMB),
            ratio(peakMB / (pyTorch.sparingPeakMB - pyTorch.textTowerMB)),
          ],
        ]
  return `## ViT-L at 518 px, against the machine and PyTorch

${teraflop(flops)} TFLOP an image (matrix products alone), ${threads} threads. The matrix rate is that of products of 1370 × 1024 × 4096 in the same process and with the
same settings, turn by turn. Aim: at least 0.85 of it.

${table(
  ['s an image', 'GFLOP/s', 'products alone, GFLOP/s', 'share of the matrix rate', 'peak memory, MB'],
  [
    [
      spread(seconds),
      spread(seconds.map((s) => flops / s / 1e9)),
      spread(rounds.map(({ rate }) => rate / 1e9)),
      spread(shares),
      figure(peakMB),
    ],
  ],
)}

${peer}${
  theirs.length === 0
    ? ''
    : `

${table(
  [
    '',
    's an image',
    'ours over it, medians',
    'median ratio of pairs',
    'peak memory, MB',
    'ours over it',
    'without the text tower',
  ],
  theirs,
)}`
}`
}

export const loadingSection = (loading: NonNullable<Results['loading']>): string => `## Loading ViT-L

A session of the fp32 model at 518 px, its weights mapped into memory from the file and packed for the processor by onnxruntime, the file in the page cache. **Small pages**
is without what \`engine/process/environment.ts\` asks for; **saved graph** loads what onnxruntime has optimised and saved; **copy** only reads the file of the weights into
fresh memory, as the machine's own measure. Aim: at most 1.5 s.

${table(
  ['', 'ms', 'ratio to default', 'peak memory, MB'],
  Object.entries(loading).map(([name, runs]) => [
    name,
    spread(runs.map(({ ms }) => ms)),
    ratio(median(runs.map(({ ms }) => ms)) / median(loading.default.map(({ ms }) => ms))),
    spread(runs.map(({ peakMB }) => peakMB)),
  ]),
)}`

export const sizesSection = (sizes: NonNullable<Results['sizes']>): string => {
  const msOf = ({ runs }: (typeof sizes)[number]) => runs.flatMap(({ ms }) => ms)
  const largest = sizes.at(-1)!
  return `## ViT-L at other image sizes

\`build --image-size\`, one image, \`session.run\` alone. What a size does to score and map, only the weights that a line uses and its own images can show:
\`anomalyclip evaluate --model A B\`.

${table(
  ['pixels', 'TFLOP', 'ms', `ratio to ${largest.imageSize}`, 'GFLOP/s', 'peak memory, MB'],
  sizes.map((entry) => [
    entry.imageSize,
    teraflop(entry.flops),
    spread(msOf(entry)),
    ratio(median(msOf(entry)) / median(msOf(largest))),
    figure(entry.flops / median(msOf(entry)) / 1e6),
    spread(entry.runs.map(({ peakMB }) => peakMB)),
  ]),
)}`
}

export const jointSection = (
  joint: NonNullable<Results['joint']>,
): string => `## Both attentions of a DPAM layer in one

Query–key and value–value attention over the same values, at ViT-L's width and 518 px: as two, and as one with twice the heads.

${table(
  ['attention', 'two, ms', 'one, ms', 'ratio of medians', 'median ratio of pairs'],
  (['fused', 'plain'] as const).map((name) => [
    name,
    spread(joint.map((round) => round[name].two)),
    spread(joint.map((round) => round[name].joint)),
    ...ratios(joint.map((round) => ({ bare: round[name].two, other: round[name].joint }))),
  ]),
)}`
