import { type OpcUaImage, openImageSource, type Sequence } from '../../connect/opcua/image/index.ts'
import { messageOf } from '../../errors/index.ts'
import { connectionOf } from '../opcua-connection/host.ts'
import {
  type InputHandler,
  type Message,
  type Node,
  type NodeAPI,
  onClose,
  readLine,
  statusOf,
} from '../wiring/index.ts'
import { type OpcUaImageConfig, readSettings } from './settings.ts'
import { dotFor } from './status.ts'

interface ImageMessage extends Message {
  capturedAt?: string
  opcua?: object
}

/** What the node does: a message for every image, announced or asked for. */
export const openImages = (RED: NodeAPI, node: Node, config: OpcUaImageConfig): InputHandler => {
  const settings = readSettings(config)
  const topic = readLine(config, 'topic')
  const connection = connectionOf(RED, config.connection)
  const show = statusOf(node)
  let lastError: string | null = null
  const refresh = (): void => show(dotFor(connection.status(), source.counts(), lastError))

  const withImage = (msg: ImageMessage, { bytes, capturedAt, ...image }: OpcUaImage): ImageMessage => {
    const { missed, skipped } = source.counts()
    lastError = null
    return Object.assign(msg, {
      payload: bytes,
      topic: topic || msg.topic || node.name || settings.nodeId,
      capturedAt: capturedAt.toISOString(),
      opcua: { ...image, missed, skipped },
    })
  }
  const failed = (thrown: unknown): void => {
    lastError = messageOf(thrown)
  }

  const source = openImageSource(connection, settings, {
    onImage: (image) => node.send(withImage({} as ImageMessage, image)),
    onError: (error, sequence) => {
      failed(error)
      node.error(error, aboutNone(topic || node.name || settings.nodeId, settings.nodeId, sequence))
    },
    onCounts: () => refresh(),
  })
  const stop = connection.onStatus(refresh)
  refresh()
  onClose(node, async () => {
    stop()
    await source.close()
    await connection.close()
  })

  return async (msg: ImageMessage) => {
    try {
      return withImage(msg, await source.readNow())
    } catch (thrown) {
      failed(thrown)
      throw thrown
    } finally {
      refresh()
    }
  }
}

/** What `catch` gets with the error of an image that nobody asked for. */
const aboutNone = (topic: string, nodeId: string, sequence: Sequence): Message =>
  ({ topic, opcua: { nodeId, sequence } }) as unknown as Message
