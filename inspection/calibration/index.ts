export { falseRejectBound, partsNeeded } from './bound.ts'
export {
  type CalibrationRule,
  type ChosenThresholds,
  chooseThresholds,
  type GoodParts,
  passingScores,
} from './choose.ts'
export { DRIFT_WINDOW, type Drift, NO_DRIFT, trackDrift } from './drift.ts'
export { type Recommendation, readRecommendation } from './recommendation.ts'
