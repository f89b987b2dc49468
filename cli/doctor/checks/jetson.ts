import { jetsonOf } from '../../../engine/machine/index.ts'
import type { Examination } from '../types.ts'
import { checksOf } from './check.ts'

export const examineJetson: Examination = async ({ machine }) => {
  const jetson = await jetsonOf(machine)
  if (jetson === null) return []
  const board = checksOf('jetson', 'Jetson')
  const power = checksOf('jetson-power', 'Power mode')
  const { model, release, powerMode } = jetson
  return [
    board.ok(`${model}, Jetson Linux ${release ?? 'of an unknown release'}`),
    powerMode === null
      ? power.warning(
          'nvpmodel does not say which power mode is set.',
          'Run sudo nvpmodel -q, and choose the highest mode.',
        )
      : powerMode.startsWith('MAXN')
        ? power.ok(`${powerMode}, the highest`)
        : power.warning(
            `${powerMode}, which may hold clocks back to save power.`,
            // An Orin Nano has none named MAXN before JetPack 6.2.
            'sudo nvpmodel -q --verbose lists the modes of this board; set the fastest (MAXN, where it has one) with sudo nvpmodel -m NUMBER, where its supply and cooling allow it.',
          ),
  ]
}
