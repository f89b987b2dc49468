export { DROP_POLICIES } from './policies.ts'
export { boundedQueue } from './queue.ts'
