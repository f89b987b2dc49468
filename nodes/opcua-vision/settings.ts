import type { ServerSettings, ServerUser } from '../../connect/opcua/server/index.ts'
import { codedError, shown } from '../../errors/index.ts'
import { pkiFolderOf } from '../opcua-connection/settings.ts'
import { type NodeDef, readFlag, readLine, readNumber, requireVersion } from '../wiring/index.ts'

/** What the editor saves for `opcua-vision`; numbers are text there. */
export interface VisionConfig extends NodeDef {
  version: number
  station: string
  port: string
  host: string
  allowNone: boolean
  allowAnonymous: boolean
  user1: string
  user2: string
  user3: string
  user4: string
  acknowledged: boolean
  historyLength: string
  overlayMegabytes: string
  inspectionTimeoutS: string
  maxWaiting: string
}

/** Kept by Node-RED apart from the flow, encrypted. */
export interface VisionCredentials {
  readonly password1?: string
  readonly password2?: string
  readonly password3?: string
  readonly password4?: string
}

export interface VisionSettings {
  readonly server: ServerSettings
  readonly station: string
  readonly acknowledged: boolean
  readonly historyLength: number
  readonly maxOverlayBytes: number
  readonly inspectionTimeoutMs: number
  readonly maxWaiting: number
}

const MiB = 1024 * 1024

/**
 * The station that a saved configuration asks for, and its server.
 * @throws NODE_CONFIG
 */
export const readSettings = (
  config: VisionConfig,
  credentials: VisionCredentials,
  userDir: string,
): VisionSettings => {
  requireVersion(config, 1)
  return {
    server: {
      port: readNumber(config, 'port', { min: 1, max: 65_535, integer: true, fallback: 4840 }),
      host: readLine(config, 'host'),
      pkiFolder: pkiFolderOf(userDir, 'server'),
      allowNone: readFlag(config, 'allowNone', false),
      allowAnonymous: readFlag(config, 'allowAnonymous', false),
      users: readUsers(config, credentials),
    },
    station: readStation(config),
    acknowledged: readFlag(config, 'acknowledged', true),
    historyLength: readNumber(config, 'historyLength', { min: 1, max: 1000, integer: true, fallback: 20 }),
    maxOverlayBytes: Math.floor(
      readNumber(config, 'overlayMegabytes', { min: 0, max: 15, fallback: 4 }) * MiB,
    ),
    inspectionTimeoutMs: Math.round(
      readNumber(config, 'inspectionTimeoutS', { min: 0.1, max: 3600, fallback: 30 }) * 1000,
    ),
    maxWaiting: readNumber(config, 'maxWaiting', { min: 1, max: 1000, integer: true, fallback: 20 }),
  }
}

/** Part of every node id: letters that no PLC's engineering tool stumbles over. */
const readStation = (config: VisionConfig): string => {
  const station = readLine(config, 'station', 'station1')
  if (/^[A-Za-z][\w-]{0,39}$/.test(station)) return station
  throw codedError(
    'NODE_CONFIG',
    `"station" is ${shown(station)}, expected a letter followed by at most 39 letters, digits, _ or -. Open the node and correct it.`,
  )
}

const readUsers = (config: VisionConfig, credentials: VisionCredentials): readonly ServerUser[] => {
  const { password1, password2, password3, password4 } = credentials
  const rows = [
    { name: readLine(config, 'user1'), password: password1 },
    { name: readLine(config, 'user2'), password: password2 },
    { name: readLine(config, 'user3'), password: password3 },
    { name: readLine(config, 'user4'), password: password4 },
  ]
  return rows
    .filter(({ name }) => name !== '')
    .map(({ name, password = '' }) => {
      if (password !== '') return { name, password }
      throw codedError(
        'NODE_CONFIG',
        `the user ${shown(name)} has no password. Credentials are not part of an exported flow: open the node and set it.`,
      )
    })
}
