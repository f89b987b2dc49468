import type { AnomalyMap } from '../../../inspection/types.ts'

/** A map of 4 × 4 with the given values first and zeros after them. */
export const mapOf = (...values: number[]): AnomalyMap => {
  const data = new Float32Array(16)
  data.set(values)
  return { width: 4, height: 4, data }
}

/** `msg.anomaly` as far as a threshold looks at it. */
export const anomaly = (score: unknown, map: unknown = mapOf(), version = '1', className?: string) => ({
  score,
  map,
  model: { name: 'nano', method: 'anomalyclip', version, device: 'cpu', ...(className && { className }) },
})
