import { AttributeIds } from 'node-opcua'
import type { Connection } from '../client/types.ts'
import type { PlcSignals } from '../handshake/index.ts'
import type { Faults } from './faults.ts'
import { plcValue } from './plc-values.ts'
import { type Mapping, PLC_SIGNALS, type PlcSignalName } from './signals.ts'

export type PlcChanges = Partial<PlcSignals>

export interface InputOptions {
  readonly mapping: Mapping
  readonly publishingMs: number
  readonly faults: Faults
  /** What came together; of a new session first everything, bit by bit. */
  readonly take: (changes: PlcChanges) => void
}

/** Watches the PLC's signals over all sessions; gives the function that ends it. */
export const watchInputs = (connection: Connection, options: InputOptions): (() => void) => {
  const { mapping, publishingMs, faults, take } = options
  const names = (Object.keys(PLC_SIGNALS) as PlcSignalName[]).filter((name) => mapping[name] !== undefined)
  let gathered: PlcChanges = {}
  let gathering = false
  let ended = false

  /** Values of one notification come in one go: the PLC has set them together. */
  const gather = async (changes: PlcChanges): Promise<void> => {
    gathered = { ...gathered, ...changes }
    if (gathering) return
    gathering = true
    await Promise.resolve()
    while (Object.keys(gathered).length > 0) {
      const together = gathered
      gathered = {}
      const whole = together.trigger ? await withJob(together) : together
      if (!ended) take(whole)
    }
    gathering = false
  }

  /**
   * A server samples one item after the other, so that Trigger can be told of a moment before the JobId that was set ahead of it. Read
   * once more, the job is that of the trigger.
   */
  const withJob = async (changes: PlcChanges): Promise<PlcChanges> => {
    const nodeId = mapping.JobId
    if (nodeId === undefined) return changes
    try {
      const value = await connection.use((session) =>
        session.read({ nodeId, attributeId: AttributeIds.Value }),
      )
      const jobId = String(plcValue('jobId', value))
      faults.works('JobId')
      return { ...changes, jobId }
    } catch (thrown) {
      faults.failed('JobId', 'read', thrown)
      return { ...changes, jobId: null }
    }
  }

  const unwatch = connection.watch(
    names.map((name) => ({
      nodeId: mapping[name]!,
      // As fast as the server can, or on every change: a change is to be in the next publishing, not in the one after.
      samplingMs: 0,
      // All of it is level and every edge is waited for: only the present state counts.
      queueSize: 1,
      onChange: (value) => {
        const signal = PLC_SIGNALS[name]
        try {
          const found = plcValue(signal, value)
          faults.works(name)
          void gather({ [signal]: found })
        } catch (thrown) {
          faults.failed(name, 'read', thrown)
        }
      },
      onRefused: (error) => faults.failed(name, 'read', error),
    })),
    publishingMs,
  )
  return () => {
    ended = true
    unwatch()
  }
}
