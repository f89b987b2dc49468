import type { ScoreRule } from './types.ts'

/**
 * The score of an image from those of its tiles.
 * @returns NaN as soon as one of them is not finite: nothing is told from half of an image
 * @example scoreBy('top-2', [0.2, 0.9, 0.5]) // 0.7
 */
export const scoreBy = (rule: ScoreRule, scores: readonly number[]): number => {
  if (!scores.every(Number.isFinite)) return Number.NaN
  const highest = [...scores].sort((a, b) => b - a).slice(0, countOf(rule, scores.length))
  return highest.reduce((sum, score) => sum + score, 0) / highest.length
}

const countOf = (rule: ScoreRule, all: number): number => {
  if (rule === 'max') return 1
  return rule === 'mean' ? all : Number(rule.slice('top-'.length))
}
