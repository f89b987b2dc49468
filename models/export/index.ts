export { exportClient } from './client.ts'
export { exportTriton } from './repository.ts'
