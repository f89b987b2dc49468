import type { EngineStatus, LoadStep, PassedOver, SelfTest } from '../../engine/index.ts'
import { isModelHost } from './host.ts'

/** What the editor says of a deployed model: where it runs and how near it is to its reference. */
export interface Running {
  readonly state: EngineStatus['state']
  readonly step: LoadStep | null
  readonly device: string | null
  /** null until it is ready. */
  readonly selfTest: SelfTest | null
  readonly passedOver: readonly PassedOver[]
  /** Why it has failed or is started again. */
  readonly error: string | null
}

/** null of every node that is no deployed model. */
export const runningOf = (node: unknown): Running | null => {
  if (!isModelHost(node)) return null
  try {
    const { state, step, device, loaded, lastError } = node.host().engine.status()
    return {
      state,
      step,
      device,
      selfTest: loaded?.selfTest ?? null,
      passedOver: loaded?.passedOver ?? [],
      error: lastError,
    }
  } catch {
    // Its configuration is wrong, which the log says.
    return null
  }
}
