import { AttributeIds } from 'node-opcua'
import type { Connection } from '../client/types.ts'
import { readTypes } from './data-types.ts'
import type { Faults } from './faults.ts'
import { type Encode, encoderFor } from './scalars.ts'
import { BOX_SIGNALS, type BoxSignal, type Mapping, NAME_OF } from './signals.ts'

export type SignalValues = Readonly<Partial<Record<BoxSignal, boolean | number>>>

/** The box's signals as variables of the PLC's server. */
export interface Variables {
  readonly mapped: ReadonlySet<BoxSignal>
  /** A new session: the PLC may have got another program. */
  forgetTypes(): void
  /**
   * One Write request for all, each in its variable's own type. Gives those that were not written.
   * @throws OPCUA_OFFLINE, OPCUA_TIMEOUT … when nothing is known of any of them
   */
  write(values: SignalValues): Promise<ReadonlySet<BoxSignal>>
}

export const openVariables = (connection: Connection, mapping: Mapping, faults: Faults): Variables => {
  const mapped = new Set(
    Object.values(BOX_SIGNALS).filter((signal) => mapping[NAME_OF[signal]] !== undefined),
  )
  const nodeIdOf = (signal: BoxSignal): string => mapping[NAME_OF[signal]]!
  let encoders = new Map<BoxSignal, Encode>()
  const failed = (signal: BoxSignal, why: unknown): void => faults.failed(NAME_OF[signal], 'written', why)

  /** Of all at once, since a new session needs them all. */
  const learnTypes = async (): Promise<void> => {
    const into = encoders
    const unknown = [...mapped].filter((signal) => !into.has(signal))
    const types = await connection.use((session) => readTypes(session, unknown.map(nodeIdOf)))
    for (const [i, signal] of unknown.entries()) {
      const type = types[i]!
      try {
        if (type instanceof Error) throw type
        into.set(signal, encoderFor(signal, type))
      } catch (thrown) {
        failed(signal, thrown)
      }
    }
  }

  return {
    mapped,
    forgetTypes: () => {
      encoders = new Map()
    },
    write: async (values) => {
      const signals = Object.keys(values) as BoxSignal[]
      if (signals.some((signal) => !encoders.has(signal))) await learnTypes()
      const present = encoders
      const writable = signals.filter((signal) => present.has(signal))
      const refused = new Set(signals.filter((signal) => !present.has(signal)))
      if (writable.length === 0) return refused
      // Without timestamps: S7 and others refuse a write that carries one (BadWriteNotSupported, Part 4 §5.11.4.2).
      const statusCodes = await connection.use((session) =>
        session.write(
          writable.map((signal) => ({
            nodeId: nodeIdOf(signal),
            attributeId: AttributeIds.Value,
            value: { value: present.get(signal)!(values[signal]!) },
          })),
        ),
      )
      for (const [i, signal] of writable.entries()) {
        const statusCode = statusCodes[i]
        if (statusCode?.isGood()) {
          faults.works(NAME_OF[signal])
          continue
        }
        refused.add(signal)
        // What a variable is may have changed with the program of the PLC.
        present.delete(signal)
        failed(signal, statusCode?.name ?? 'the server has left it out')
      }
      return refused
    },
  }
}
