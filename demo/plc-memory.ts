import { EventEmitter, once } from 'node:events'
import type { BoxView, PlcSignals } from './plc-program.ts'

/** Lets the program wait for what a picture of the box shows. */
export interface Watching {
  /** Something has changed. */
  changed(): void
  until: PlcSignals['until']
}

/** @param look the signals as they stand; null = they are not known yet */
export const watching = (look: () => BoxView | null): Watching => {
  const changes = new EventEmitter()
  return {
    changed: () => changes.emit('changed'),
    until: async (isSo, signal) => {
      for (;;) {
        signal.throwIfAborted()
        const box = look()
        if (box !== null && isSo(box)) return box
        await once(changes, 'changed', { signal })
      }
    },
  }
}
