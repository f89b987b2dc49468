import type { ModelManifest } from '../../models/manifest.ts'
import type { Drift } from '../../models/precision/tolerance.ts'

const figure = (value: number): string => value.toFixed(4)

const differences = ({ score, map }: Drift): string =>
  `score off by at most ${figure(score.max)}, ${figure(score.mean)} on average; map by at most ${figure(map.max)}, ` +
  `${figure(map.mean)} on average${map.correlation === null ? '' : `, correlation at least ${figure(map.correlation)}`}`

/** How far a model is from itself in fp32, a line each; none for a model in fp32. */
export const driftInWords = ({ precision, drift }: Pick<ModelManifest, 'precision' | 'drift'>): string[] =>
  drift === undefined
    ? []
    : [
        `${precision} beside fp32 on ${drift.images} ${drift.images === 1 ? 'image' : 'images'}: ${differences(drift)}`,
        ...(drift.unbalanced === null ? [] : [`without balance: ${differences(drift.unbalanced)}`]),
      ]
