/** What a process holds at one moment of a soak. */
export interface Sample {
  readonly cycles: number
  /** MB (10⁶ bytes), after a garbage collection. */
  readonly heapMB: number
  readonly rssMB: number
  /** Sockets, files, pipes. */
  readonly handles: number
  readonly timers: number
}

type Measure = Exclude<keyof Sample, 'cycles'>

/**
 * What may be added in 100,000 cycles, and what even a short soak may add: below it, growth is not told from noise. The heap is exact
 * after a collection; the resident memory has fragments and caches of native code in it.
 */
export const BOUNDS: Readonly<Record<Measure, { readonly per100k: number; readonly noise: number }>> = {
  heapMB: { per100k: 10, noise: 4 },
  rssMB: { per100k: 60, noise: 40 },
  handles: { per100k: 2, noise: 8 },
  // Each look finds others of those that come and go with every part.
  timers: { per100k: 2, noise: 60 },
}

export interface Growth {
  readonly measure: Measure
  /** Of the straight line through the samples. */
  readonly per100k: number
  readonly overAll: number
  readonly grows: boolean
}

/** Fits a straight line through each measure (least squares). It grows where both bounds are passed. */
export const growthOf = (samples: readonly Sample[]): readonly Growth[] =>
  (Object.keys(BOUNDS) as Measure[]).map((measure) => {
    const slope = slopeOf(samples.map((sample) => [sample.cycles, sample[measure]]))
    const per100k = slope * 100_000
    const overAll = slope * ((samples.at(-1)?.cycles ?? 0) - (samples[0]?.cycles ?? 0))
    const bound = BOUNDS[measure]
    return { measure, per100k, overAll, grows: per100k > bound.per100k && overAll > bound.noise }
  })

const slopeOf = (points: readonly (readonly [x: number, y: number])[]): number => {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length)
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)))
  const variance = mean(points.map(([x]) => (x - meanX) ** 2))
  return variance === 0 ? 0 : covariance / variance
}

/** @throws Error without `node --expose-gc`: what is garbage must not look like growth */
export const sampleNow = (cycles: number): Sample => {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('the soak needs node --expose-gc: npm run soak has it')
  gc()
  const { heapUsed, rss } = process.memoryUsage()
  const resources = process.getActiveResourcesInfo()
  const timers = resources.filter((resource) => resource === 'Timeout' || resource === 'Immediate').length
  return { cycles, heapMB: heapUsed / 1e6, rssMB: rss / 1e6, handles: resources.length - timers, timers }
}
