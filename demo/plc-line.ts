import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './camera.ts'
import type { CameraServer } from './camera-server.ts'
import { inspectPart, type PartResult, type PlcSignals, untilReady } from './plc-program.ts'

/** What the nano model tells apart under one fixed threshold; it is not trained for any of them. */
const PRODUCTS = ['nut', 'wood', 'twill', 'leather']

/** A PLC on the line, and the name it is printed under. */
export interface Station {
  readonly name: string
  readonly plc: PlcSignals
}

export interface LineOptions {
  readonly parts: readonly Part[]
  readonly camera: CameraServer
  readonly stations: readonly Station[]
  readonly pauseMs: number
  readonly say: (line: string) => void
  /** Of one part, ms; the PLC then says so and goes on. */
  readonly patienceMs: number
  readonly signal: AbortSignal
}

export interface Count {
  passed: number
  rejected: number
}

/**
 * Runs parts through the line until it is told to stop: each comes before the camera, the picture is taken, and the PLC of the
 * next station in turn asks the box about it. One line is printed a part.
 */
export const runLine = async (options: LineOptions): Promise<void> => {
  const { parts, camera, stations, pauseMs, say, patienceMs, signal } = options
  const onLine = PRODUCTS.flatMap((product) => parts.filter((part) => part.product === product))
  const counts = new Map<Station, Count>(stations.map((station) => [station, { passed: 0, rejected: 0 }]))
  for (const { plc } of stations) await untilReady(plc, signal)
  for (let turn = 0; !signal.aborted; turn++) {
    const part = onLine[turn % onLine.length]!
    camera.place(part.image)
    for (const station of stations) {
      camera.trigger()
      const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
      try {
        const result = await inspectPart(station.plc, part.product, patience)
        say(printedResult(station.name, part, result, countOf(counts.get(station)!, result)))
      } catch (error) {
        if (signal.aborted) return
        say(`a part was not inspected for ${station.name}: ${error instanceof Error ? error.message : error}`)
      }
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

/** What is not passed is taken out: rejected, undecided and failed ones alike. */
const countOf = (count: Count, { JobPass }: PartResult): Count => {
  if (JobPass) count.passed++
  else count.rejected++
  return count
}

/** One line for a part, in the columns of the events: time, product, verdict, score against its threshold, milliseconds. */
export const printedResult = (
  station: string,
  { product, sample, good }: Pick<Part, 'product' | 'sample' | 'good'>,
  result: PartResult,
  { passed, rejected }: Count,
): string => {
  const { JobPass, Error: failed, ErrorCode, Score, Threshold, AcquisitionId, ms } = result
  const verdict = failed ? `error ${ErrorCode}` : JobPass ? 'pass' : 'reject'
  const against = failed ? '' : `${Score < Threshold ? '<' : '≥'} ${digits(Threshold)}`
  const outcome = failed ? 'taken out' : JobPass === good ? 'right' : 'WRONG'
  return [
    new Date().toLocaleTimeString('en-GB'),
    product.padEnd(9),
    verdict.padEnd(11),
    `score ${failed ? 'none  ' : digits(Score)}`,
    `${against.padEnd(8)}  ${station}`.padEnd(21),
    `${ms.toFixed(0)} ms`.padStart(7),
    ` ${outcome} (${sample}; acquisition ${AcquisitionId}, ${passed} passed, ${rejected} rejected)`,
  ].join(' ')
}

/** Scores crowd below 1: what is not 1 must not read as 1. */
const digits = (score: number): string => (score < 1 ? Math.min(score, 0.9999) : score).toFixed(4)
