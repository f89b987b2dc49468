import { codedError, shown } from '../../errors/index.ts'
import type { Verdict } from '../types.ts'
import { type Control, obey } from './control.ts'
import { decide } from './decide.ts'
import { createKeeper, type Store, type Timer } from './keeper.ts'
import { readState } from './read-state.ts'
import type { Notice } from './reason.ts'
import type { ThresholdSettings } from './settings.ts'
import { EMPTY_STATE, type ThresholdState } from './state.ts'
import { undecided } from './verdict.ts'

/** A threshold whose state lives in a store. Calls are worked off one after the other, in the order they came. */
export interface Threshold {
  /**
   * @param keyOf asked when it is this call's turn, so that looking the key up cannot change the order
   * @throws as `decide`, and what the store throws when it cannot be read; the next call tries again
   */
  readonly decide: (keyOf: () => string | Promise<string>, anomaly: unknown) => Promise<Verdict>
  /** Resolves when the change has been written. @throws as `obey`, and what the store throws when it cannot be read */
  readonly obey: (control: Control) => Promise<void>
  /** Resolves when everything before it is decided and written. */
  readonly close: () => Promise<void>
  /** Resolves when everything before it is decided; what has not been written yet never is. */
  readonly discard: () => Promise<void>
}

interface Reports {
  readonly notice: (notice: Notice) => void
  /** What was kept cannot be used, so that every image is undecided; or something could not be written. */
  readonly error: (thrown: unknown) => void
}

export const openThreshold = (
  settings: ThresholdSettings,
  store: Store,
  reports: Reports,
  timer?: Timer,
): Threshold => {
  const keeper = createKeeper(store, reports.error, timer)
  let state: ThresholdState | typeof UNUSABLE | null = null
  let last: Promise<unknown> = Promise.resolve()

  // Going on without what the store keeps would write over it, so a store that fails fails the call.
  const load = async (): Promise<ThresholdState | typeof UNUSABLE> => {
    const kept = await store.read()
    try {
      return readState(kept)
    } catch (thrown) {
      reports.error(thrown)
      return UNUSABLE
    }
  }
  const keep = (next: ThresholdState, notices: readonly Notice[], when: 'now' | 'soon'): void => {
    if (next !== state) keeper.keep(next, when)
    state = next
    for (const notice of notices) reports.notice(notice)
  }
  const inOrder = <T>(work: (state: ThresholdState | typeof UNUSABLE) => Promise<T>): Promise<T> => {
    const result = last.then(async () => {
      state ??= await load()
      return work(state)
    })
    last = result.catch(() => undefined)
    return result
  }

  return {
    decide: (keyOf, anomaly) =>
      inOrder(async (before) => {
        const key = await keyOf()
        if (before === UNUSABLE) {
          // Decided for its checks and the score only; nothing of it is kept.
          const { score } = decide(settings, EMPTY_STATE, key, anomaly).verdict
          return undecided(key, score, null, null, UNUSABLE_REASON)
        }
        const { state: after, verdict, notices } = decide(settings, before, key, anomaly)
        // A notice marks what must not get lost: a calibration that is done, drift, a forgotten key.
        keep(after, notices, notices.length > 0 ? 'now' : 'soon')
        return verdict
      }),
    obey: (control) =>
      inOrder(async (before) => {
        const from = before === UNUSABLE ? startOver(control) : before
        const { state: after, notices } = obey(settings, from, control)
        keep(after, notices, 'now')
        await keeper.flush()
      }),
    close: async () => {
      await last
      await keeper.flush()
    },
    discard: async () => {
      await last
      await keeper.discard()
    },
  }
}

/**
 * What the store keeps is damaged or of a newer version. Which thresholds were in force is not known then, so configured or
 * newly collected ones must not take their place unasked, nor may anything be written over what an update could still read.
 */
const UNUSABLE = 'unusable'

const UNUSABLE_REASON =
  'what the context store keeps for this node cannot be used (THRESHOLD_STATE): send msg.control calibrate or reset'

/** The entry in the store is replaced as a whole, so only a control for every key may do it. */
const startOver = ({ control, key, keep }: Control): ThresholdState => {
  if (
    keep !== true &&
    (control === 'calibrate' || control === 'reset') &&
    (key === undefined || key === null)
  )
    return EMPTY_STATE
  throw codedError(
    'THRESHOLD_CONTROL',
    `msg.control is ${shown(control)} and msg.key ${shown(key)}, but what the context store keeps for this node cannot be ` +
      'used (THRESHOLD_STATE): expected calibrate or reset without msg.key, which start over for every key.',
  )
}
