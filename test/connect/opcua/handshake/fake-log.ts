import type { LoggedResult, ResultLog } from '../../../../connect/store/types.ts'

export interface FakeLog extends ResultLog {
  readonly results: readonly LoggedResult[]
  readonly state: string | null
  /** Every call, in order, as far as it came to the disk. */
  readonly written: readonly string[]
  /** Until it is called, nothing comes to the disk. */
  hold(): () => void
  /** The disk is full from here on. */
  fail(): void
}

/** A result log in memory, with a disk that can be held up and filled. */
export const fakeLog = (): FakeLog => {
  let results: LoggedResult[] = []
  let state: string | null = null
  let held: Promise<void> = Promise.resolve()
  let failing = false
  const written: string[] = []

  const toDisk = async (what: string, write: () => void): Promise<void> => {
    await held
    if (failing) throw new Error('the disk is full')
    write()
    written.push(what)
  }

  return {
    get results() {
      return results
    },
    get state() {
      return state
    },
    written,
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    fail: () => {
      failing = true
    },
    add: async (result) => {
      const sequence = results.length + 1
      await toDisk(`result ${result.acquisitionId}`, () => {
        results = [...results, { ...result, sequence, acknowledged: false }]
      })
      return sequence
    },
    acknowledge: (sequence) =>
      toDisk(`acknowledged ${sequence}`, () => {
        results = results.map((one) => (one.sequence === sequence ? { ...one, acknowledged: true } : one))
      }),
    waiting: async () => results.filter(({ acknowledged }) => !acknowledged),
    newest: async () => results.toReversed().slice(0, 10),
    readState: async () => state,
    writeState: (text) =>
      toDisk('state', () => {
        state = text
      }),
  }
}
