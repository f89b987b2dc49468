export { DROP_POLICIES } from './policies.ts'
export { fairQueue } from './queue.ts'
