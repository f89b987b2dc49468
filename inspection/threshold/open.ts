import type { Verdict } from '../types.ts'
import { type Control, obey } from './control.ts'
import { decide } from './decide.ts'
import { createKeeper, type Store, type Timer } from './keeper.ts'
import { readState } from './read-state.ts'
import type { Notice } from './reason.ts'
import type { ThresholdSettings } from './settings.ts'
import { EMPTY_STATE, type ThresholdState } from './state.ts'

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
  /** What was kept is damaged, or could not be written; deciding goes on. */
  readonly error: (thrown: unknown) => void
}

export const openThreshold = (
  settings: ThresholdSettings,
  store: Store,
  reports: Reports,
  timer?: Timer,
): Threshold => {
  const keeper = createKeeper(store, reports.error, timer)
  let state: ThresholdState | null = null
  let last: Promise<unknown> = Promise.resolve()

  // Going on without what the store keeps would write over it, so a store that fails fails the call.
  const load = async (): Promise<ThresholdState> => {
    const kept = await store.read()
    try {
      return readState(kept)
    } catch (thrown) {
      reports.error(thrown)
      return EMPTY_STATE
    }
  }
  const keep = (next: ThresholdState, notices: readonly Notice[], when: 'now' | 'soon'): void => {
    if (next !== state) keeper.keep(next, when)
    state = next
    for (const notice of notices) reports.notice(notice)
  }
  const inOrder = <T>(work: (state: ThresholdState) => Promise<T>): Promise<T> => {
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
        const { state: after, verdict, notices } = decide(settings, before, await keyOf(), anomaly)
        // A notice marks what must not get lost: a calibration that is done, drift, a forgotten key.
        keep(after, notices, notices.length > 0 ? 'now' : 'soon')
        return verdict
      }),
    obey: (control) =>
      inOrder(async (before) => {
        const { state: after, notices } = obey(settings, before, control)
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
