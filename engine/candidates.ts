import { type CodedError, messageOf } from '../errors/index.ts'
import type { Device, PassedOver } from './types.ts'

/** The devices that a model may be started on, in order. */
export interface Candidates {
  /** Those that a next process may try. */
  readonly left: readonly [Device, ...Device[]]
  /** What the process is loading on; null once it serves, and before it has begun. */
  trying(device: Device | null): void
  /** The process is gone. Where it was loading on a device that others come after, none is tried there again. */
  lost(why: CodedError): void
  /** All that were passed over, in the order of the devices. @param told those that the process itself has passed over */
  passedOver(told: readonly PassedOver[]): readonly PassedOver[]
}

/**
 * A device that says that it cannot be used is passed over inside the process; a driver that ends the process, or hangs until its time is up, can
 * only be told from outside.
 */
export const candidates = (devices: readonly [Device, ...Device[]]): Candidates => {
  let left = devices
  const givenUp: PassedOver[] = []
  let current: Device | null = null
  return {
    get left() {
      return left
    },
    trying: (device) => {
      current = device
    },
    lost: (why) => {
      const device = current
      current = null
      if (device === null || device === left.at(-1)) return
      const [first, ...rest] = left.filter((other) => other !== device)
      if (first === undefined) return
      givenUp.push({ device, reason: messageOf(why) })
      left = [first, ...rest]
    },
    passedOver: (told) =>
      [...givenUp, ...told].toSorted((a, b) => devices.indexOf(a.device) - devices.indexOf(b.device)),
  }
}
