/** Everything that has one score. */
export interface Step {
  readonly score: number
  /** Anomalous and good ones of this score. */
  readonly positives: number
  readonly negatives: number
  /** Σ 1 / area of its region over the anomalous pixels of this score. */
  readonly overlap: number
}

/** Takes all scores from the highest down. */
export interface StepSink {
  step(step: Step): void
  /** So many good ones of one score or several, between two steps. */
  pass(negatives: number): void
}

export interface Totals {
  readonly positives: number
  readonly negatives: number
  /** Connected anomalous regions of all masks. */
  readonly regions: number
}

/** Scores with labels, each distinct score once, highest first. @param labels 1 = anomalous */
export const stepsOf = (
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): { steps: Step[]; totals: Totals } => {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
  const steps: Step[] = []
  let [positives, negatives] = [0, 0]
  for (const i of order) {
    const [positive, negative] = labels[i] === 1 ? [1, 0] : [0, 1]
    positives += positive
    negatives += negative
    const last = steps.at(-1)
    if (last?.score === scores[i])
      steps[steps.length - 1] = {
        ...last,
        positives: last.positives + positive,
        negatives: last.negatives + negative,
      }
    else steps.push({ score: scores[i]!, positives: positive, negatives: negative, overlap: 0 })
  }
  return { steps, totals: { positives, negatives, regions: 0 } }
}
