export { anomalousArea, pixelsNeeded } from './area.ts'
export { type FoundRegions, findRegions } from './find.ts'
