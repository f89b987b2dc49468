export { reportPage } from './page.ts'
export { readReported } from './read.ts'
export type { Reported } from './reported.ts'
