import { type CodedError, codedError, isCodedError, messageOf } from '../../../errors/index.ts'
import type { Mapping, SignalName } from './signals.ts'

/** Which signals do not work, each told once until it has worked again. */
export interface Faults {
  failed(name: SignalName, verb: 'read' | 'written', why: unknown): void
  works(name: SignalName): void
  /** Names of the signals that do not work now. */
  names(): readonly string[]
}

export const watchFaults = (
  mapping: Mapping,
  notice: (level: 'warn' | 'error', text: string) => void,
  onChange: () => void,
): Faults => {
  const standing = new Map<SignalName, string>()
  return {
    failed: (name, verb, why) => {
      const { message } = isCodedError(why, 'OPCUA_TYPE')
        ? why
        : signalError(name, mapping[name] ?? '', verb, why)
      if (standing.get(name) === message) return
      standing.set(name, message)
      notice('error', message)
      onChange()
    },
    works: (name) => {
      if (standing.delete(name)) onChange()
    },
    names: () => [...standing.keys()],
  }
}

const signalError = (name: string, nodeId: string, verb: string, why: unknown): CodedError =>
  codedError(
    'OPCUA_SIGNAL',
    `${name} (${nodeId}) cannot be ${verb}: ${messageOf(why)}. Check its node id and the rights of the user in the PLC; it is tried again by itself.`,
  )
