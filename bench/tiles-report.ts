import { figure, ratio, spread, table } from './figures.ts'
import { median } from './measure.ts'
import type { Results } from './results.ts'

/** What tiles cost, over as many runs of the model. */
export const tilesSection = (tiles: NonNullable<Results['tiles']>): string => `## Tiles

An image of 4000 × 3000 pixels, whole and in tiles that overlap by a tenth, turn by turn through the engine, one tile an inference. **Ratio** is the inference of n tiles over n times
that of the whole image; **the rest** is what else an image of tiles takes, decoding included: cutting and resizing its tiles, blending their maps. Memory is that of the inference
process: with the model loaded, and its peak over whole and tiled images together.

${table(
  [
    'model',
    'tiles',
    'inference whole, ms',
    'inference in tiles, ms a tile',
    'ratio to n × whole',
    'the rest whole, ms',
    'the rest in tiles, ms',
    'map',
    'memory loaded, MB',
    'peak memory, MB',
  ],
  tiles.map(({ model, tiles: count, rounds, map, startMB, peakMB }) => {
    const whole = rounds.map((round) => round.whole)
    const tiled = rounds.map((round) => round.tiled)
    return [
      model,
      count,
      spread(whole.map(({ inferMs }) => inferMs)),
      spread(tiled.map(({ inferMs }) => inferMs / count)),
      ratio(median(rounds.map((round) => round.tiled.inferMs / (count * round.whole.inferMs)))),
      spread(whole.map(({ totalMs, inferMs }) => totalMs - inferMs)),
      spread(tiled.map(({ totalMs, inferMs }) => totalMs - inferMs)),
      `${map.width} × ${map.height}`,
      figure(startMB),
      figure(peakMB),
    ]
  }),
)}`
