export { openKserve } from './backend.ts'
