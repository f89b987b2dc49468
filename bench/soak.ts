/**
 * `npm run soak`, or `npm run soak -- --cycles 5000 --reconnects 50`: the handshake over real sockets, again and again, until growth of
 * memory or handles would show; each way in a process of its own, at the same time. Ends with status 1 when something grows. A whole run is
 * kept in bench/soak-results.json, with `--keep` any.
 */
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { keptResults } from './kept.ts'
import { thisMachine } from './machine.ts'
import { runCase } from './measure.ts'
import { reportOf } from './report.ts'
import type { SoakResults } from './results.ts'
import type { Soak } from './soak/run.ts'

const root = resolve(import.meta.dirname, '..')
const DEFAULT = { cycles: '100000', reconnects: '1000', lines: '8', every: '1000' }

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: DEFAULT.cycles },
    reconnects: { type: 'string', default: DEFAULT.reconnects },
    lines: { type: 'string', default: DEFAULT.lines },
    every: { type: 'string', default: DEFAULT.every },
    keep: { type: 'boolean', default: false },
  },
})
const machine = thisMachine()
const options = {
  cycles: Number(values.cycles),
  reconnects: Number(values.reconnects),
  lines: Number(values.lines),
  sampleEvery: Number(values.every),
}
const soaks = await Promise.all(
  (['PLC serves', 'PLC calls'] as const).map((way) =>
    runCase<Soak>('soak', { way, ...options }, ['--expose-gc']),
  ),
)
for (const { way, ...found } of soaks) {
  console.log(
    `${way}: ${found.cycles} cycles, ${found.cyclesPerSecond.toFixed(1)} a second; ${found.reconnects.count} reconnects`,
  )
  for (const { measure, per100k, overAll, grows } of [...found.growth, ...found.reconnects.growth])
    console.log(
      `  ${measure}: ${overAll.toFixed(2)} over all, ${per100k.toFixed(1)} per 100,000${grows ? ' GROWS' : ''}`,
    )
}

const isWhole = values.cycles === DEFAULT.cycles && values.reconnects === DEFAULT.reconnects
if (isWhole || values.keep) {
  const toFiveDigits = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value
  const text = JSON.stringify({ machine, soaks } satisfies SoakResults, toFiveDigits, 1)
  const file = join(root, 'bench', 'soak-results.json')
  await writeFile(file, text)
  await writeFile(
    join(root, 'docs', 'benchmarks.md'),
    reportOf(await keptResults(), JSON.parse(text) as SoakResults),
  )
}
if (soaks.some(({ growth, reconnects }) => [...growth, ...reconnects.growth].some(({ grows }) => grows)))
  process.exitCode = 1
