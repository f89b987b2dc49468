import { type AnomalyEvent, eventOf, readEventSettings } from '../../../inspection/event/index.ts'
import type { Anomaly, EncodedMask } from '../../../inspection/types.ts'

const ANOMALY: Omit<Anomaly, 'verdict'> = {
  id: 'inspection-1',
  score: 0.75,
  map: { width: 1, height: 1, data: Float32Array.of(0.5) },
  image: { width: 4, height: 3, format: 'png', sha256: 'ab'.repeat(32) },
  model: { name: 'nano', method: 'anomalyclip', version: 'v', device: 'cpu' },
  timing: { queuedMs: 1, decodeMs: 2, inferMs: 3, totalMs: 6 },
  capturedAt: '2026-03-01T12:00:00.000Z',
  source: 'cam',
}

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
