import type { DataValue, NodeId } from 'node-opcua'
import type { Connection } from '../client/types.ts'
import { findFile } from './file.ts'
import type { ImageSettings } from './types.ts'

/** By what a new image is told from the present one; null = every notification is one. */
export const keyOf = (source: ImageSettings['source']): ((value: DataValue) => string | null) =>
  source === 'file' ? valueKey : timestampKey

const timestampKey = ({ sourceTimestamp, sourcePicoseconds }: DataValue): string | null =>
  sourceTimestamp === null ? null : `${sourceTimestamp.toISOString()} ${sourcePicoseconds}`

const valueKey = ({ value: { value } }: DataValue): string =>
  value instanceof Date ? value.toISOString() : String(value)

/**
 * Watches LastModifiedTime of a file, or its Size where the server has no such property. Their node ids are looked up anew
 * with every session, as a restarted server may give them others. Gives the function that ends it.
 */
export const watchFile = (
  connection: Connection,
  file: NodeId,
  watch: (nodeId: NodeId) => () => void,
  onRefused: (error: Error) => void,
): (() => void) => {
  let watched: { readonly nodeId: string; end(): void } | null = null
  let ended = false
  const look = async (): Promise<void> => {
    const { lastModified, size } = await connection.use((session) => findFile(session, file))
    const nodeId = lastModified ?? size
    if (ended || watched?.nodeId === String(nodeId)) return
    watched?.end()
    watched = { nodeId: String(nodeId), end: watch(nodeId) }
  }
  let wasOnline = false
  const onStatus = (isOnline: boolean): void => {
    if (isOnline && !wasOnline)
      look().catch((thrown: unknown) =>
        onRefused(thrown instanceof Error ? thrown : new Error(String(thrown))),
      )
    wasOnline = isOnline
  }
  const end = connection.onStatus(({ state }) => onStatus(state === 'online'))
  onStatus(connection.status().state === 'online')
  return () => {
    ended = true
    end()
    watched?.end()
  }
}
