import type { BoxSignals } from './signals.ts'

/** True only where the data beside it are whole. */
const CLAIMS = ['resultsValid', 'inspectionCompleted', 'error'] as const satisfies (keyof BoxSignals)[]
const DATA = [
  'jobPass',
  'score',
  'threshold',
  'level',
  'errorCode',
  'acquisitionId',
  'missedAcquisitions',
] as const satisfies (keyof BoxSignals)[]
const isClaim = (name: keyof BoxSignals): boolean => CLAIMS.some((claim) => claim === name)
const isData = (name: keyof BoxSignals): boolean => DATA.some((data) => data === name)

export type SignalWrites = Partial<BoxSignals>

/**
 * The steps from one picture to the next, so that a PLC that looks at any moment never sees a claim over data of another result:
 * claims fall first, then data change, claims rise last. Between two results of which both are valid (the steps between them were
 * never shown) ResultsValid falls and rises. Steps without a change are left out; what is missing before is not known to stand there.
 * Within a step what falls comes first, for servers that take over one value after the other: TriggerReady falls before Busy rises, and
 * before Online falls.
 */
export const stepsBetween = (before: SignalWrites | null, after: BoxSignals): readonly SignalWrites[] => {
  const names = Object.keys(after) as (keyof BoxSignals)[]
  const changed = names.filter((name) => before?.[name] !== after[name])
  const dataChange = changed.some((name) => isData(name) && name !== 'missedAcquisitions')
  const falling = CLAIMS.filter((name) => before?.[name] !== false && (dataChange || !after[name]))
  const rising = CLAIMS.filter((name) => after[name] && (falling.includes(name) || changed.includes(name)))
  const rest = changed.filter((name) => !isClaim(name))
  const rises = (name: keyof BoxSignals): boolean => after[name] === true
  const inOrder = [...rest.filter((name) => !rises(name)).toReversed(), ...rest.filter(rises)]
  return [
    Object.fromEntries(falling.map((name) => [name, false])),
    Object.fromEntries(inOrder.map((name) => [name, after[name]])),
    Object.fromEntries(rising.map((name) => [name, true])),
  ].filter((writes) => Object.keys(writes).length > 0)
}
