import { isDeepStrictEqual } from 'node:util'
import type { EngineStatus, PassedOver } from '../../engine/index.ts'
import type { Node } from '../wiring/index.ts'

/**
 * Says once in the log that the model has failed, its process is restarted, it runs on another device than the first choice, its batches are too large, or its
 * server or device is away or back; the infer nodes show it in their status.
 */
export const logChanges = (node: Node): ((status: EngineStatus) => void) => {
  let restarts = 0
  let failed = false
  let away: string | null = null
  let told: readonly PassedOver[] = []
  let smaller: EngineStatus['smaller'] = null
  return (status) => {
    const passedOver = status.loaded?.passedOver ?? []
    if (status.state === 'ready' && !isDeepStrictEqual(passedOver, told)) {
      for (const { device, reason } of passedOver)
        node.warn(`"${device}" was passed over, the model runs on "${status.device}": ${reason}`)
      told = passedOver
    }
    if (status.smaller !== null && !isDeepStrictEqual(status.smaller, smaller)) {
      const { images, reason } = status.smaller
      node.warn(
        `batches of at most ${images} from now on, until the model is started anew, as larger ones fail: ${reason}`,
      )
    }
    smaller = status.smaller
    if (status.state === 'away' && status.lastError !== away) node.error(status.lastError)
    if (status.state === 'ready' && away !== null) node.warn(`${status.device} can be used again`)
    if (status.state === 'away' || status.state === 'ready')
      away = status.state === 'away' ? status.lastError : null
    if (status.state === 'failed' && !failed) node.error(status.lastError)
    // While a device is away it is tried again and again, with the same result.
    if (status.restarts > restarts && status.state !== 'away')
      node.warn(`inference process restarted: ${status.lastError}`)
    restarts = status.restarts
    failed = status.state === 'failed'
  }
}
