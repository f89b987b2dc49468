export { type ConnectionOptions, openConnection } from './connection.ts'
export type { Connection, ConnectionSettings, ConnectionStatus, Watched } from './types.ts'
