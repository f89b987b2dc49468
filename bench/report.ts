import { aheadSection, batchesSection, camerasSection, resizeSection } from './cameras-report.ts'
import type { HandshakeRun } from './cases/handshake.ts'
import { cpuSection, jointSection, loadingSection, sizesSection } from './cpu-report.ts'
import { figure, ratio, ratios, spread, table } from './figures.ts'
import type { Route } from './flow.ts'
import type { Machine } from './machine.ts'
import { median, percentile } from './measure.ts'
import type { PlcRoute } from './plc-flow.ts'
import { precisionSection } from './precision-report.ts'
import type { Results, SoakResults } from './results.ts'
import { BOUNDS } from './soak/growth.ts'
import { tilesSection } from './tiles-report.ts'
import { trainingSection } from './training-report.ts'

const ROUTE_NAMES: Record<Route, string> = {
  infer: 'infer',
  event: 'event',
  eventQos1: 'event, QoS 1',
}
const ROUTE_LIST = Object.entries(ROUTE_NAMES) as [Route, string][]

const machineText = ({ cpu, cpuFlags, cores, memoryGB, system, node, packages, loadBefore }: Machine) =>
  [
    `${cpu}, ${cores} cores, ${memoryGB} GB, ${system} (${cpuFlags.join(', ') || 'no vector extensions known to matter'});`,
    `Node.js ${node}, ${Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}; load average before the run ${loadBefore}.`,
  ].join('\n')

const buildSection = (build: NonNullable<Results['build']>): string => {
  const seconds = (key: keyof typeof build) => build[key].map((run) => run.seconds)
  return `## Building ViT-L

Random ViT-L/14@336px weights (428 million parameters, fp16 safetensors) to a model folder at 518 px, self-test included. Aims: under 60 s
and under 1500 MB.

${table(
  ['attention', 's', 'ratio to fused', 'peak memory, MB'],
  (['fused', 'plain'] as const).map((key) => [
    key,
    spread(seconds(key)),
    ratio(median(seconds(key)) / median(seconds('fused'))),
    spread(build[key].map(({ peakMB }) => peakMB)),
  ]),
)}`
}

const vitLSection = (vitL: NonNullable<Results['vitL']>): string => {
  const ms = (key: keyof typeof vitL) => vitL[key].flatMap((run) => run.ms)
  return `## ViT-L at 518 px, one image, \`session.run\` alone

${table(
  ['attention', 'ms', 'ratio to fused', 'load, ms', 'peak memory, MB'],
  (['fused', 'plain'] as const).map((key) => [
    key,
    spread(ms(key)),
    ratio(median(ms(key)) / median(ms('fused'))),
    spread(vitL[key].map(({ loadMs }) => loadMs)),
    spread(vitL[key].map(({ peakMB }) => peakMB)),
  ]),
)}`
}

const formulationsSection = (rounds: NonNullable<Results['formulations']>): string => {
  const [ofMedians, ofPairs] = ratios(rounds.map(({ fused, plain }) => ({ bare: fused, other: plain })))
  return `Both in one process, turn by turn:

${table(
  ['fused, ms', 'plain, ms', 'ratio of medians', 'median ratio of pairs'],
  [[spread(rounds.map(({ fused }) => fused)), spread(rounds.map(({ plain }) => plain)), ofMedians, ofPairs]],
)}`
}

const nanoSection = (nano: NonNullable<Results['nano']>): string => {
  const perImage = ({ batch, runs }: (typeof nano)[number]) =>
    runs.flatMap((run) => run.ms.map((ms) => ms / batch))
  const single = median(perImage(nano.find(({ batch }) => batch === 1)!))
  return `## nano at 224 px, \`session.run\` alone

${table(
  ['batch', 'ms an image', 'images/s', 'throughput, ratio to batch 1', 'load, ms', 'peak memory, MB'],
  nano.map((entry) => {
    const middle = median(perImage(entry))
    return [
      entry.batch,
      spread(perImage(entry)),
      figure(1000 / middle),
      ratio(single / middle),
      spread(entry.runs.map(({ loadMs }) => loadMs)),
      spread(entry.runs.map(({ peakMB }) => peakMB)),
    ]
  }),
)}`
}

const engineSection = (engine: NonNullable<Results['engine']>): string => `## Engine over \`session.run\`

The engine without Node-RED: image bytes to its process, decoding, resizing, inference, map back. Ready means loaded, all files compared with
their checksums, and the self-test passed.

${table(
  [
    'model',
    'image',
    '`session.run`, ms',
    'engine, ms',
    'ratio of medians',
    'median ratio of pairs',
    'ready, ms',
    'bare load, ms',
    'peak memory of its process, MB',
  ],
  engine.map(({ model, image, rounds, readyMs, loadMs, peakMB }) => [
    model,
    image,
    spread(rounds.map(({ bare }) => bare)),
    spread(rounds.map((round) => round.engine)),
    ...ratios(rounds.map((round) => ({ bare: round.bare, other: round.engine }))),
    figure(readyMs),
    figure(loadMs),
    figure(peakMB),
  ]),
)}`

const flowSection = (flow: NonNullable<Results['flow']>): string => `## Whole flow over \`session.run\`

From publishing a JPEG on MQTT to the message that comes back, one image at a time. Aim for ViT-L: a ratio under 1.05. **infer** is mqtt in,
anomalyclip-infer, mqtt out; **event** is the main job, mqtt in, anomalyclip-infer, threshold, mask-encode, anomaly-event, mqtt out. Both are
at QoS 0 unless QoS 1 is named.

${table(
  ['model', 'image', 'route', '`session.run`, ms', 'flow, ms', 'ratio of medians', 'median ratio of pairs'],
  flow.flatMap(({ model, image, rounds }) =>
    ROUTE_LIST.map(([route, name]) => [
      model,
      image,
      name,
      spread(rounds.map(({ bare }) => bare)),
      spread(rounds.map((round) => round[route].ms)),
      ...ratios(rounds.map((round) => ({ bare: round.bare, other: round[route].ms }))),
    ]),
  ),
)}

Where the milliseconds go (medians, from \`msg.anomaly.timing\`; the engine's own are its queue and its pipes, the rest is Node-RED, its nodes
and MQTT):

${table(
  ['model', 'image', 'route', 'decode and resize', 'inference', 'engine', 'Node-RED and MQTT'],
  flow.flatMap(({ model, image, rounds }) =>
    ROUTE_LIST.map(([route, name]) => {
      const inspected = rounds.map((round) => round[route])
      return [
        model,
        image,
        name,
        figure(median(inspected.map(({ timing }) => timing.decodeMs))),
        figure(median(inspected.map(({ timing }) => timing.inferMs))),
        figure(median(inspected.map(({ timing }) => timing.totalMs - timing.decodeMs - timing.inferMs))),
        figure(median(inspected.map(({ ms, timing }) => ms - timing.totalMs))),
      ]
    }),
  ),
)}

At QoS 1 the connection of the core MQTT nodes first acknowledges the image, and TCP holds the result back until that small packet has been
acknowledged in turn (Nagle's algorithm and delayed acknowledgement, 40 ms on Linux). It is a constant of the connection and none of the
inspection's.`

const lagSection = (lag: NonNullable<Results['lag']>): string => `## Timer lag of the flow's process

How late a 5 ms timer fires in Node-RED's process: idle with the model loaded, then with several images always under way through **event**, so
that the model never waits. Aim: 99th percentile at most 20 ms.

${table(
  [
    'model',
    'image',
    'under way',
    'images/s',
    'idle p50, ms',
    'idle p99',
    'idle max',
    'busy p50, ms',
    'busy p99',
    'busy max',
  ],
  lag.map(({ model, image, inFlight, imagesPerSecond, idle, busy }) => [
    model,
    image,
    inFlight,
    figure(imagesPerSecond),
    ...[idle, busy].flatMap(({ p50, p99, max }) => [p50, p99, max].map(figure)),
  ]),
)}`

const HANDSHAKE_NAMES: Record<PlcRoute, string> = {
  serves: 'PLC is the server, 10 ms (opcua-result)',
  polls: 'PLC is the client and reads every 5 ms (opcua-vision)',
  subscribes: 'PLC is the client and subscribes, 10 ms (opcua-vision)',
}

const handshakeSection = ({ loadBefore, rounds }: HandshakeRun): string => `## Handshake

From the PLC's write of Trigger to the moment at which it sees ResultsValid, over bare inference: nano, 320 × 320, the image in memory at
"acquire", Node-RED in a process of its own, SignAndEncrypt on loopback, results on the disk before they are shown, one part at a time, 100 ms apart. PLC and box
share the processors; the PLC's cycle (10 ms to publish, 5 ms to read) is part of the figures.
**Overhead** is the total less \`session.run\` of that image in the box; it holds decoding and resizing too. Aim: 95th percentile at most 30 ms.
Load average before the run ${loadBefore}.

${table(
  [
    'route',
    'total p50, ms',
    'total p95',
    'bare `session.run` p50, ms',
    'bare p95',
    'overhead p50, ms',
    'overhead p95',
    'of it decoding p50',
    'decoding p95',
  ],
  (Object.keys(HANDSHAKE_NAMES) as PlcRoute[]).map((route) => {
    const totals = rounds.map((round) => round[route].ms)
    const bares = rounds.map(({ bare }) => bare)
    const decodings = rounds.map((round) => round[route].decodeMs)
    const overheads = rounds.map((round) => round[route].ms - round[route].inferMs)
    return [
      HANDSHAKE_NAMES[route],
      ...[
        median(totals),
        percentile(totals, 0.95),
        median(bares),
        percentile(bares, 0.95),
        median(overheads),
        percentile(overheads, 0.95),
        median(decodings),
        percentile(decodings, 0.95),
      ].map(figure),
    ]
  }),
)}`

const evaluationSection = (
  evaluation: NonNullable<Results['evaluation']>,
): string => `## Evaluation over inference alone

\`anomalyclip evaluate\` with nano on categories of 115 JPEG files of 320 × 320, as many as MVTec AD has on average, every second one bad with a mask. **Alone** are the same files through the
engine, as many under way, with nothing made of the results; **whole** has all metrics, the cache and the pictures of the worst cases; **from the cache** is
whole once more with \`--resume\`. Aim: whole at most 1.1 × alone. Processor time is that of the evaluating process, which works beside the model's at a lower
priority; memory is its, too.

${table(
  [
    'images',
    'alone, ms an image',
    'whole',
    'ratio of medians',
    'median ratio of pairs',
    'from the cache',
    'processor, alone',
    'processor, whole',
    'peak memory, MB',
  ],
  evaluation.map(({ images, rounds, peakMB }) => [
    images,
    spread(rounds.map(({ alone }) => alone.ms / images)),
    spread(rounds.map(({ whole }) => whole.ms / images)),
    ...ratios(rounds.map(({ alone, whole }) => ({ bare: alone.ms, other: whole.ms }))),
    spread(rounds.map(({ cached }) => cached.ms / images)),
    spread(rounds.map(({ alone }) => alone.cpuMs / images)),
    spread(rounds.map(({ whole }) => whole.cpuMs / images)),
    figure(peakMB),
  ]),
)}`

const metricsSection = (
  metrics: NonNullable<Results['metrics']>,
): string => `## Pixel metrics of an evaluation

Exact AUROC, AP, F1-max and AUPRO of all pixels, every second map with a defect on a twentieth of it. Processor time is of all threads and for
both, adding and measuring; shorter runs bear more of what V8's compilers cost. The memory before the first map is that of Node.js and ten maps.
Aims: at most 2 ms of processor time a map of 224 × 224, and memory that does not grow with the number of maps.

${table(
  [
    'pixels',
    'maps',
    'add, ms a map',
    'measure, ms a map',
    'processor, ms a map',
    'peak memory, MB',
    'before the first map, MB',
  ],
  metrics.map(({ side, maps, runs }) => [
    `${side} × ${side}`,
    maps,
    ...(['addMs', 'measureMs', 'cpuMs'] as const).map((what) => spread(runs.map((run) => run[what] / maps))),
    ...(['peakMB', 'startMB'] as const).map((what) => spread(runs.map((run) => run[what]))),
  ]),
)}`

const soakSection = ({ machine, soaks }: SoakResults): string => `## Soak of the handshake

\`npm run soak\`: parts without inspection, over real sockets with SignAndEncrypt, several lines side by side in one process that holds both
sides and the store. **PLC serves**: we are the client of the PLC's server; **PLC calls**: the PLC is the client of ours. Memory is taken
after a garbage collection. Growth is the slope of the straight line through the samples behind the warm-up; the run fails above, per
100,000 cycles or reconnects, ${BOUNDS.heapMB.per100k} MB of heap, ${BOUNDS.rssMB.per100k} MB of resident memory, ${BOUNDS.handles.per100k} handles or ${BOUNDS.timers.per100k} timers, where the growth over the
whole run is more than noise (${BOUNDS.heapMB.noise} MB, ${BOUNDS.rssMB.noise} MB, ${BOUNDS.handles.noise}, ${BOUNDS.timers.noise}). Node.js ${machine.node}, load average before the run ${machine.loadBefore}.

${table(
  [
    'way',
    'lines',
    'what',
    'count',
    'a second',
    'heap growth, MB',
    'resident growth, MB',
    'handles',
    'timers',
  ],
  soaks.flatMap(({ way, lines, cycles, cyclesPerSecond, growth, reconnects }) =>
    [
      { what: 'cycles', count: cycles, perSecond: cyclesPerSecond, growth },
      { what: 'reconnects', ...reconnects },
    ].map(({ what, count, perSecond, growth: found }) => [
      way,
      lines,
      what,
      count,
      figure(perSecond),
      ...found.map(({ overAll }) => overAll.toFixed(2)),
    ]),
  ),
)}`

/** The page of figures, Markdown. Cases that were not run have no section. */
export const reportOf = (
  {
    machine,
    build,
    vitL,
    formulations,
    precision,
    cpu,
    loading,
    sizes,
    joint,
    nano,
    engine,
    flow,
    lag,
    batches,
    resize,
    ahead,
    cameras,
    handshake,
    evaluation,
    metrics,
    tiles,
    training,
  }: Results,
  soak?: SoakResults,
): string => {
  const sections = [
    `# Benchmarks

Written by \`npm run bench\` from bench/results.json, where every single measurement stands; do not edit.

${machineText(machine)}

Each case runs in a fresh process; variants are measured more than once, every second time in reverse order. What is compared is measured turn by turn in
one run, the order reversed every round, with the same settings (CPU, a thread a core). Figures are medians, with the smallest and the largest
in brackets. Memory is the peak resident memory of the process. The broker runs in the benchmark's process, Node-RED and the
inference in one each. ViT-L has random weights: right in size and speed, blind otherwise.`,
    build && buildSection(build),
    vitL && vitLSection(vitL),
    formulations && formulationsSection(formulations),
    precision && precisionSection(precision),
    cpu && cpuSection(cpu),
    loading && loadingSection(loading),
    sizes && sizesSection(sizes),
    joint && jointSection(joint),
    nano && nanoSection(nano),
    engine && engineSection(engine),
    flow && flowSection(flow),
    lag && lagSection(lag),
    batches && batchesSection(batches),
    resize && resizeSection(resize),
    ahead && aheadSection(ahead),
    cameras && camerasSection(cameras),
    handshake && handshakeSection(handshake),
    evaluation && evaluationSection(evaluation),
    metrics && metricsSection(metrics),
    tiles && tilesSection(tiles),
    training && trainingSection(training),
    soak && soakSection(soak),
  ]
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`
}
