import { codedError, isCodedError, messageOf } from '../../errors/index.ts'
import type { Device, PassedOver } from '../types.ts'

/**
 * The first device that a model can be opened on, in the order given, and why those before it cannot be used: nothing is passed over in silence.
 * @param open throws where the device is of no use
 * @throws what the last one threw, with the reasons of the others
 */
export const firstUsable = async <T>(
  devices: readonly Device[],
  open: (device: Device) => Promise<T>,
): Promise<{ readonly opened: T; readonly passedOver: readonly PassedOver[] }> => {
  const passedOver: PassedOver[] = []
  for (const device of devices) {
    try {
      return { opened: await open(device), passedOver }
    } catch (error) {
      if (passedOver.length === devices.length - 1) throw withReasons(error, passedOver)
      passedOver.push({ device, reason: messageOf(error) })
    }
  }
  throw codedError('ENGINE_OPTIONS', 'no device is named to run the model on')
}

const withReasons = (error: unknown, passedOver: readonly PassedOver[]): unknown => {
  if (passedOver.length === 0) return error
  const reasons = passedOver.map(({ device, reason }) => `"${device}" (${reason})`).join('; ')
  const message = messageOf(error).replace(/^[A-Z_]+: /, '')
  const code = isCodedError(error) ? error.code : 'ENGINE_LOAD'
  return codedError(code, `${message}; passed over before: ${reasons}`, { cause: error })
}
