import { messageOf } from '../../errors/index.ts'
import { type Node, type NodeAPI, userDirOf } from '../wiring/index.ts'
import type { ConnectionHost } from './host.ts'
import { addRoutes } from './routes.ts'
import { type ConnectionConfig, type ConnectionCredentials, readSettings } from './settings.ts'

type ConnectionNode = Node<ConnectionCredentials> & ConnectionHost

/** How one OPC UA server is reached. Nothing is sent before the first node uses it. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<ConnectionNode, ConnectionConfig, object, ConnectionCredentials>(
    'opcua-connection',
    function (this: ConnectionNode, config: ConnectionConfig) {
      RED.nodes.createNode(this, config)
      this.connection = connectionMaker(RED, this, config)
    },
    {
      credentials: {
        user: { type: 'text' },
        password: { type: 'password' },
        certificate: { type: 'text' },
        privateKey: { type: 'password' },
      },
    },
  )
  addRoutes(RED)
}

const connectionMaker = (
  RED: NodeAPI,
  node: ConnectionNode,
  config: ConnectionConfig,
): ConnectionHost['connection'] => {
  try {
    const settings = readSettings(config, node.credentials ?? {}, userDirOf(RED))
    return (open) => open(settings, { log: (text) => node.log(text) })
  } catch (thrown) {
    node.error(messageOf(thrown))
    return () => {
      throw thrown
    }
  }
}
