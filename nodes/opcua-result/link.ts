import { openPlcLink } from '../../connect/opcua/result/index.ts'
import { sharedStore } from '../../connect/store/index.ts'
import { connectionOf } from '../opcua-connection/host.ts'
import {
  acquireMessage,
  finishEach,
  type InputHandler,
  type Node,
  type NodeAPI,
  onClose,
  persistFor,
  statusOf,
  storeFileOf,
} from '../wiring/index.ts'
import { type OpcUaResultConfig, readSettings } from './settings.ts'
import { dotFor } from './status.ts'

/** Read results that stay in the store, for whoever looks into it after a dispute with the PLC. */
const KEPT = 100

/** What the node does: a link to the PLC's signals, started again until it stands. */
export const linkTo = (RED: NodeAPI, node: Node, config: OpcUaResultConfig): InputHandler => {
  const settings = readSettings(config)
  const connection = connectionOf(RED, config.connection)
  const show = statusOf(node)

  const start = async () => {
    const store = await sharedStore(storeFileOf(RED))
    try {
      const link = await openPlcLink(connection, {
        ...settings,
        log: await store.results(node.id, KEPT),
        acquire: (acquisition) => node.send(acquireMessage(RED, node, acquisition)),
        notice: (level, text) => (level === 'warn' ? node.warn(text) : node.error(text)),
      })
      link.onStatus((status) => show(dotFor(status)))
      show(dotFor(link.status()))
      return { ...link, store }
    } catch (thrown) {
      await store.close()
      throw thrown
    }
  }
  const link = persistFor(node, show, start)
  onClose(node, async () => {
    await link.close(async (started) => {
      await started.close()
      await started.store.close()
    })
    await connection.close()
  })
  return finishEach(node, link.get)
}
