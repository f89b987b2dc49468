import { type AnomalyEvent, eventOf, readEventSettings } from '../../../inspection/event/index.ts'
import type { EncodedMask } from '../../../inspection/types.ts'
import { ANOMALY } from '../../support/anomaly.ts'

export interface EventChanges {
  readonly id?: string
  readonly source?: string
  readonly key?: string
  readonly mask?: EncodedMask
}

/** An alarm, with its mask inlined. */
export const anomalyEvent = ({ key = 'cam', mask, ...changes }: EventChanges): AnomalyEvent =>
  eventOf(
    {
      anomaly: {
        ...ANOMALY,
        ...changes,
        verdict: {
          level: 'alarm',
          isAnomalous: true,
          score: 0.75,
          threshold: 0.5,
          pixelThreshold: null,
          minArea: null,
          area: 0.1,
          key,
          reason: 'score 0.75 is at or above 0.5',
          calibration: null,
        },
      },
      mask,
    },
    readEventSettings({ source: '/test', inlineImage: 'all' }, '/unused'),
  )
