import { figure, ratio, ratios, spread, table } from './figures.ts'
import { median, percentile } from './measure.ts'
import type { Results } from './results.ts'

export const camerasSection = (
  cameras: NonNullable<Results['cameras']>,
): string => `## Many cameras at 80 % load

From the moment at which a camera takes an image to its result. Cameras are simulated: each sends periodically, up to a quarter of its
period too early or too late, and does not wait for answers (an open loop). All together send 80 % of what was measured just before with
images always under way. **Engine**: through its fair queue. **Flow**: through Node-RED and MQTT as well, mqtt in, anomalyclip-infer,
mqtt out, one topic a camera.

${table(
  [
    'model',
    'image',
    'through',
    'cameras',
    'images/s',
    'images',
    'p50, ms',
    'p99, ms',
    'most, ms',
    'p99 of the slowest camera, ms',
  ],
  cameras.flatMap(({ model, image, through, lines }) =>
    lines.map(({ cameras: count, perSecond, runs }) => {
      const all = runs.flatMap(({ latencies }) => latencies.flat())
      const byCamera = Array.from({ length: count }, (_, camera) =>
        runs.flatMap(({ latencies }) => latencies[camera] ?? []),
      )
      return [
        model,
        image,
        through,
        count,
        figure(perSecond),
        all.length,
        ...[
          percentile(all, 0.5),
          percentile(all, 0.99),
          Math.max(...all),
          Math.max(...byCamera.filter(({ length }) => length > 0).map((own) => percentile(own, 0.99))),
        ].map(figure),
      ]
    }),
  ),
)}`

export const aheadSection = (ahead: NonNullable<Results['ahead']>): string => `## Decoding beside inference

Images that never let the model wait, one an inference. **None**: each is handed to the process when the one before is answered. **In time**:
the next is handed over so that it is decoded when the model is free, which is the default. **One batch**: as soon as the process begins with
another. Where decoding and inference share all cores, little can be gained; the ratio is to \`session.run\` of the same pixels.

${table(
  ['model', 'image', 'ahead', 'ms an image', 'ratio of medians to `session.run`', 'median ratio of pairs'],
  ahead.flatMap(({ model, image, rounds }) =>
    (['none', 'in time', 'one batch'] as const).map((name) => [
      model,
      image,
      name,
      spread(rounds.map((round) => round[name])),
      ...ratios(rounds.map((round) => ({ bare: round.bare, other: round[name] }))),
    ]),
  ),
)}`

export const resizeSection = (resize: NonNullable<Results['resize']>): string => `## Decoding and resizing

Of a JPEG, in a process without the large pages that the inference process asks for. **Plain** are the loops in TypeScript, **vectors** those
in WebAssembly; both give Pillow's numbers bit for bit.

${table(
  ['image', 'to', 'decode, ms', 'plain resize, ms', 'with vectors, ms', 'vectors over plain'],
  resize.map(({ image, side, rounds }) => [
    image,
    `${side} × ${side}`,
    spread(rounds.map(({ decode }) => decode)),
    spread(rounds.map(({ plain }) => plain)),
    spread(rounds.map(({ vectors }) => vectors)),
    ratio(median(rounds.map(({ vectors, plain }) => vectors / plain))),
  ]),
)}`

export const batchesSection = (batches: NonNullable<Results['batches']>): string => `## Batches

\`session.run\` alone with several images at once.

${table(
  ['model', 'batch', 'ms an image', 'throughput, ratio to batch 1', 'peak memory, MB'],
  batches.flatMap(({ model, sizes }) => {
    const perImage = ({ batch, runs }: (typeof sizes)[number]) =>
      runs.flatMap(({ ms }) => ms.map((one) => one / batch))
    const single = median(perImage(sizes[0]!))
    return sizes.map((entry) => [
      model,
      entry.batch,
      spread(perImage(entry)),
      ratio(single / median(perImage(entry))),
      spread(entry.runs.map(({ peakMB }) => peakMB)),
    ])
  }),
)}`
