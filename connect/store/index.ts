export { sharedStore, storeHost } from './shared.ts'
export { openStore } from './store.ts'
export type * from './types.ts'
