import type { Namespace, UAObject } from 'node-opcua'
import type { Pki } from '../pki/index.ts'

export interface ServerSettings {
  /** 0 = any that is free. */
  readonly port: number
  /** Address to listen on; '' = all of this machine's. */
  readonly host: string
  /** Folder of the server's own certificate, its key, and the clients that are trusted. */
  readonly pkiFolder: string
  /** Endpoints without signing and encryption beside the secure ones. */
  readonly allowNone: boolean
  /** Sessions without a user. */
  readonly allowAnonymous: boolean
  readonly users: readonly ServerUser[]
}

export interface ServerUser {
  readonly name: string
  readonly password: string
}

/** An OPC UA server, with a place for stations in its address space. */
export interface VisionServer {
  /**
   * Lets clients in, once there is something to be seen; more calls change nothing.
   * @throws OPCUA_SERVER_PORT, OPCUA_SERVER_START; then it can only be closed
   */
  listen(): Promise<void>
  /** The real one once it listens. */
  readonly port: number
  readonly pki: Pki
  /** Those who come with a certificate of their own instead of a password. */
  readonly users: Pki
  /** Of the flat face; its index is 2 as long as the server has no other model. */
  readonly namespace: Namespace
  /** Objects/AnomalyCLIP. */
  readonly root: UAObject
  /** Sessions that are open. */
  clients(): number
  /** At every session that begins or ends; gives the function that ends it. */
  onClients(listener: (change: 'come' | 'gone') => void): () => void
  close(): Promise<void>
}
