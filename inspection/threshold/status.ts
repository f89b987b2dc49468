import type { Verdict } from '../types.ts'

/** Node-RED's status: a dot and at most 19 characters. */
export interface Dot {
  readonly fill: 'green' | 'yellow' | 'red' | 'grey'
  readonly shape: 'dot' | 'ring'
  readonly text: string
}

/** What a node shows of its last verdict; an alarm or warning goes before drift. */
export const dotOf = ({
  level,
  score,
  calibration,
}: Pick<Verdict, 'level' | 'score' | 'calibration'>): Dot => {
  if (level === 'undecided') {
    if (calibration?.state !== 'collecting') return { fill: 'grey', shape: 'ring', text: 'undecided' }
    const count = `${calibration.collected}/${calibration.wanted}`
    // "good parts 5000/5000" would have 20 characters.
    return { fill: 'grey', shape: 'ring', text: count.length > 8 ? `parts ${count}` : `good parts ${count}` }
  }
  const text = score.toFixed(2)
  if (level === 'alarm') return { fill: 'red', shape: 'dot', text: `alarm ${text}` }
  if (level === 'warning') return { fill: 'yellow', shape: 'dot', text: `warning ${text}` }
  if (calibration?.drifting) return { fill: 'yellow', shape: 'ring', text: `drift ${text}` }
  return { fill: 'green', shape: 'dot', text: `ok ${text}` }
}
