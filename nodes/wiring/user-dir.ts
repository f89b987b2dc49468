import { homedir } from 'node:os'
import { join } from 'node:path'
import type { NodeAPI } from './types.ts'

/** Node-RED's user folder; a host that embeds Node-RED without file storage has none, and then the usual place counts. */
export const userDirOf = (RED: NodeAPI): string => {
  const { userDir } = RED.settings
  return typeof userDir === 'string' && userDir !== '' ? userDir : join(homedir(), '.node-red')
}

/** What must survive a power cut, of all nodes of this package together. */
export const storeFileOf = (RED: NodeAPI): string => join(userDirOf(RED), 'anomalyclip', 'store.sqlite')
