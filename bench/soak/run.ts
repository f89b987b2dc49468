import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectPart, type PlcSignals, untilReady } from '../../demo/plc-program.ts'
import { plcCalls, plcServes, type Way } from './box.ts'
import { type Growth, growthOf, type Sample, sampleNow } from './growth.ts'

export interface SoakOptions {
  readonly cycles: number
  /** Handshakes side by side, each way. */
  readonly lines: number
  readonly sampleEvery: number
  readonly reconnects: number
  readonly say: (text: string) => void
}

export interface Soak {
  readonly way: 'PLC serves' | 'PLC calls'
  readonly lines: number
  readonly cycles: number
  readonly cyclesPerSecond: number
  readonly samples: readonly Sample[]
  readonly growth: readonly Growth[]
  readonly reconnects: {
    readonly count: number
    readonly perSecond: number
    readonly samples: readonly Sample[]
    readonly growth: readonly Growth[]
  }
}

/** Caches, pools and compiled code are filled by then. */
const WARM_UP = 0.2
/** Far above what so many parts take; it only ends a soak that would wait for ever. */
const PATIENCE_MS = 600_000

const WAYS = { 'PLC serves': plcServes, 'PLC calls': plcCalls } as const

/** Runs one way of the handshake to and fro. @throws when a part is answered wrongly or not at all */
export const soak = async (way: Soak['way'], options: SoakOptions): Promise<Soak> => {
  const { cycles, lines, sampleEvery, reconnects, say } = options
  const folder = await mkdtemp(join(tmpdir(), 'soak-'))
  const running = await WAYS[way](folder, lines)
  try {
    for (const plc of running.plcs) await untilReady(plc, AbortSignal.timeout(PATIENCE_MS))
    const samples: Sample[] = []
    const start = performance.now()
    for (let done = 0; done < cycles; done += sampleEvery) {
      await cyclesOn(running, Math.min(sampleEvery, cycles - done))
      const sample = sampleNow(Math.min(cycles, done + sampleEvery))
      samples.push(sample)
      say(`${way}: ${worded(sample)}`)
    }
    const cyclesPerSecond = cycles / ((performance.now() - start) / 1000)
    const warm = samples.filter((sample) => sample.cycles > WARM_UP * cycles)
    return {
      way,
      lines,
      cycles,
      cyclesPerSecond,
      samples: warm,
      growth: growthOf(warm),
      reconnects: await cuts(way, running, reconnects, say),
    }
  } finally {
    await running.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const cyclesOn = async ({ plcs }: Way, count: number): Promise<void> => {
  let left = count
  const signal = AbortSignal.timeout(PATIENCE_MS)
  await Promise.all(
    plcs.map(async (plc) => {
      while (left-- > 0) await onePart(plc, signal)
    }),
  )
}

const onePart = async (plc: PlcSignals, signal: AbortSignal): Promise<void> => {
  const { JobPass, AcquisitionId, ResultsValid } = await inspectPart(plc, 'part', signal)
  if (!ResultsValid || JobPass !== (AcquisitionId % 3 !== 0))
    throw new Error(`acquisition ${AcquisitionId} was answered wrongly: JobPass is ${JobPass}`)
}

/** Connections that end and come back, each time with one part a line behind it. */
const cuts = async (
  way: Soak['way'],
  running: Way,
  count: number,
  say: (text: string) => void,
): Promise<Soak['reconnects']> => {
  const every = Math.max(1, Math.floor(count / 20))
  const samples: Sample[] = []
  const start = performance.now()
  for (let done = 1; done <= count; done++) {
    await running.cut()
    await cyclesOn(running, running.plcs.length)
    if (done % every !== 0) continue
    const sample = sampleNow(done)
    samples.push(sample)
    say(`${way}, reconnects: ${worded(sample)}`)
  }
  const warm = samples.filter((sample) => sample.cycles > WARM_UP * count)
  return {
    count,
    perSecond: count / ((performance.now() - start) / 1000),
    samples: warm,
    growth: growthOf(warm),
  }
}

const worded = ({ cycles, heapMB, rssMB, handles, timers }: Sample): string =>
  `${cycles} done, heap ${heapMB.toFixed(1)} MB, resident ${rssMB.toFixed(0)} MB, ${handles} handles, ${timers} timers`
