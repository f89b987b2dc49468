import { type Namespace, StatusCodes, type UAObject, VariantArrayType } from 'node-opcua'
import {
  type BoxSignals,
  type PlcSignals,
  QUIET_PLC,
  type ShownResult,
  type StoredResult,
  stepsBetween,
} from '../../handshake/index.ts'
import { type ControlWrites, controlWrites } from './control.ts'
import { factsOf, MAX_TEXT, rowOf } from './result.ts'
import { type CONTROL, PLACES, type Scalar } from './table.ts'
import { addVariables, dataOf, type Place, readPlace, set, setRows } from './variables.ts'

/** The variables of one station, as plain scalars and arrays of them, below Objects/AnomalyCLIP/STATION. */
export interface FlatFace {
  /** As it stands: what the PLC has written last. */
  control(): PlcSignals
  /** Told at once of what the PLC writes; null = nobody listens. */
  listen(apply: ((changes: Partial<PlcSignals>) => void) | null): void
  show(signals: BoxSignals, shown: ShownResult | null): void
  /** The newest first; beyond the length of the arrays they are left out. */
  showHistory(results: readonly StoredResult[]): void
  beat(count: number): void
  /** What has been shown stands in the variables when this returns. */
  flush(): void
  /** Takes the station out of the address space. */
  remove(): void
}

export const makeFlatFace = (
  namespace: Namespace,
  root: UAObject,
  station: string,
  historyLength: number,
): FlatFace => {
  const folder = namespace.addFolder(root, {
    browseName: station,
    nodeId: `s=${station}`,
    description: { text: 'A station of visual inspection: handshake, result and history.', locale: 'en' },
  })
  const places = addVariables(namespace, folder, historyLength)
  const signals: Readonly<Record<'Status' | 'Result', Readonly<Record<string, Place>>>> = places

  let listener: ((changes: Partial<PlcSignals>) => void) | null = null
  const writes = controlWrites((changes) => listener?.(changes))
  for (const name of CONTROL_NAMES) hear(places.Control[capital(name)], name, writes)

  let before: BoxSignals | null = null
  let facts: ShownResult | null = null
  const apply = (after: BoxSignals, shown: ShownResult | null): void => {
    const setFacts = (): void => {
      // An overlay has megabytes.
      if (shown !== facts) setAll(signals.Result, factsOf(shown))
      facts = shown
    }
    for (const step of stepsBetween(before, after)) {
      // Claims rise last, over facts that are whole; those over other facts have fallen before.
      if (Object.values(step).includes(true)) setFacts()
      for (const [name, value] of Object.entries(step)) {
        const [group, variable] = PLACES[name as keyof BoxSignals]
        set(signals[group][variable]!, value)
      }
    }
    before = after
    setFacts()
  }

  let waiting: (() => void)[] = []
  const flush = (): void => {
    const due = waiting
    waiting = []
    for (const run of due) run()
  }
  /** In a turn of the event loop of its own: a Read that is being answered in this one sees all of it or nothing. */
  const inOneTurn = (run: () => void): void => {
    if (waiting.length === 0) setImmediate(flush)
    waiting.push(run)
  }

  return {
    control: () => {
      const { TriggerEnable, Trigger, JobId, ResultsAck, ClearError } = places.Control
      return {
        triggerEnable: readPlace(TriggerEnable) === true,
        trigger: readPlace(Trigger) === true,
        jobId: textOf(readPlace(JobId)),
        resultsAck: readPlace(ResultsAck) === true,
        clearError: readPlace(ClearError) === true,
      }
    },
    listen: (next) => {
      writes.flush()
      listener = next
    },
    show: (after, shown) => inOneTurn(() => apply(after, shown)),
    showHistory: (results) => {
      const rows = results.slice(0, historyLength).map(rowOf)
      const { Count, ...columns } = places.History
      inOneTurn(() => {
        for (const name of Object.keys(columns) as (keyof typeof columns)[])
          setRows(
            columns[name],
            rows.map((row) => row[name]),
            historyLength,
          )
        set(Count, rows.length)
      })
    },
    beat: (count) => set(places.Status.Heartbeat, count),
    flush,
    remove: () => {
      flush()
      namespace.deleteNode(folder)
    },
  }
}

const CONTROL_NAMES = Object.keys(QUIET_PLC) as (keyof PlcSignals)[]

const setAll = (places: Readonly<Record<string, Place>>, values: Readonly<Record<string, Scalar>>): void => {
  for (const [name, value] of Object.entries(values)) set(places[name]!, value)
}

/** What clients write into a variable of Control. Refused are arrays, which node-opcua lets in, and text longer than the PLC could read back. */
const hear = ({ variable, type }: Place, name: keyof PlcSignals, writes: ControlWrites): void => {
  const check = variable.checkVariantCompatibility.bind(variable)
  variable.checkVariantCompatibility = (variant) => {
    if (variant.arrayType !== VariantArrayType.Scalar) return StatusCodes.BadTypeMismatch
    return typeof variant.value === 'string' && variant.value.length > MAX_TEXT
      ? StatusCodes.BadOutOfRange
      : check(variant)
  }
  variable.on('value_changed', (written) => {
    const value = dataOf(written)
    writes.write(name, type === 'String' ? textOf(value) : value === true)
  })
}

/** OPC UA's String may be null. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const capital = (name: keyof PlcSignals): keyof typeof CONTROL =>
  `${name.charAt(0).toUpperCase()}${name.slice(1)}` as keyof typeof CONTROL
