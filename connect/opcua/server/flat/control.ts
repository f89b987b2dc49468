import type { PlcSignals } from '../../handshake/index.ts'

export interface ControlWrites {
  /** One variable, as a client has written it. */
  write(name: keyof PlcSignals, value: boolean | string): void
  /** What is waiting is applied now. */
  flush(): void
}

/**
 * Puts the values of one Write request together, so that JobId is there before Trigger in whatever order they were sent:
 * node-opcua hands them over one by one, within one turn of the event loop. A second value for the same variable belongs to a
 * later request; what came before is applied first, so that no edge is lost.
 * @param defer to the end of this turn; by default setImmediate
 */
export const controlWrites = (
  apply: (changes: Partial<PlcSignals>) => void,
  defer: (run: () => void) => void = setImmediate,
): ControlWrites => {
  let waiting: Partial<PlcSignals> = {}
  const flush = (): void => {
    const changes = waiting
    waiting = {}
    if (Object.keys(changes).length > 0) apply(changes)
  }
  return {
    write: (name, value) => {
      if (name in waiting) flush()
      if (Object.keys(waiting).length === 0) defer(flush)
      waiting = { ...waiting, [name]: value }
    },
    flush,
  }
}
