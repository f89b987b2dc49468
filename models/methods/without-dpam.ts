import { bilinearMatrix } from '../clip/positions.ts'
import { patchHead } from './heads.ts'
import type { Method } from './method.ts'

/** What the methods share that are AnomalyCLIP without DPAM under other prompts: their prompts are all that is compared. */
export const WITHOUT_DPAM: Pick<Method, 'defaults' | 'resize' | 'head'> = {
  defaults: ({ vision }) => ({ imageSize: 518, features: [vision.layers], dpamLayers: 0, sigma: 4 }),
  resize: bilinearMatrix,
  head: patchHead,
}
