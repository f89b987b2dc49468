export { anomalousArea, pixelsNeeded } from './area.ts'
export { labelComponents } from './components.ts'
export { type FoundRegions, findRegions } from './find.ts'
