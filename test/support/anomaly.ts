import type { Anomaly } from '../../inspection/types.ts'

/** As `anomalyclip-infer` makes it; nobody has judged it yet. */
export const ANOMALY: Omit<Anomaly, 'verdict'> = {
  id: 'inspection-1',
  score: 0.75,
  map: { width: 1, height: 1, data: Float32Array.of(0.5) },
  image: { width: 4, height: 3, format: 'png', sha256: 'ab'.repeat(32) },
  model: { name: 'nano', method: 'anomalyclip', version: 'v', device: 'cpu' },
  timing: { queuedMs: 1, decodeMs: 2, inferMs: 3, totalMs: 6 },
  capturedAt: '2026-03-01T12:00:00.000Z',
  source: 'cam',
}
