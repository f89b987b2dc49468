/** Scores from the highest down, each once: the first `count` of each array. */
export interface Steps {
  readonly count: number
  readonly scores: Float64Array
  /** Good ones between the score before and this one. */
  readonly passed: Float64Array
  /** Anomalous and good ones of this score. */
  readonly positives: Float64Array
  readonly negatives: Float64Array
  /** Σ 1 / area of its region over the anomalous pixels of this score. */
  readonly overlaps: Float64Array
}

/** Takes all scores from the highest down: thousands at a time, as a call for each would cost more than what is done with it. */
export interface StepSink {
  /** @param steps valid until the next are brought */
  take(steps: Steps): void
  /** At the end. @param passed good ones below the last step */
  end(passed: number): void
}

export interface Totals {
  readonly positives: number
  readonly negatives: number
  /** Connected anomalous regions of all masks. */
  readonly regions: number
}

export const makeSteps = (most: number) => ({
  scores: new Float64Array(most),
  passed: new Float64Array(most),
  positives: new Float64Array(most),
  negatives: new Float64Array(most),
  overlaps: new Float64Array(most),
})

/** Scores with labels, in steps. @param labels 1 = anomalous */
export const stepsOf = (
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): { steps: Steps; totals: Totals } => {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
  const steps = makeSteps(scores.length)
  const totals = { positives: 0, negatives: 0, regions: 0 }
  let count = 0
  for (const i of order) {
    if (count === 0 || steps.scores[count - 1] !== scores[i]) steps.scores[count++] = scores[i]!
    const kind = labels[i] === 1 ? 'positives' : 'negatives'
    steps[kind][count - 1]!++
    totals[kind]++
  }
  return { steps: { count, ...steps }, totals }
}
