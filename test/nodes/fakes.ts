import { EventEmitter } from 'node:events'
import type { Message, Node, NodeAPI, NodeDef, NodeStatus } from '../../nodes/wiring/index.ts'

/** A node as a handler sees it, recording what was done with it; `RED` makes it and everything else is the real code's. */
export interface FakeNode extends EventEmitter {
  readonly statuses: NodeStatus[]
  readonly sent: unknown[]
  readonly errors: { error: unknown; msg: unknown }[]
  readonly warnings: unknown[]
  readonly contextValues: Map<string, unknown>
}

/** A flow node without a runtime around it. */
export const fakeNode = (id = 'node-1'): FakeNode & Node => {
  const recorded = {
    statuses: [] as NodeStatus[],
    sent: [] as unknown[],
    errors: [] as { error: unknown; msg: unknown }[],
    warnings: [] as unknown[],
    contextValues: new Map<string, unknown>(),
  }
  const store = {
    get: (key: string, _store: string | undefined, callback?: (error: null, value: unknown) => void) => {
      const value = recorded.contextValues.get(key)
      if (callback) callback(null, value)
      return value
    },
    set: (key: string, value: unknown, _store?: string, callback?: () => void) => {
      recorded.contextValues.set(key, value)
      callback?.()
    },
  }
  const node = Object.assign(new EventEmitter(), recorded, {
    id,
    type: 'fake',
    z: 'flow-1',
    send: (outgoing: unknown) => void recorded.sent.push(outgoing),
    error: (error: unknown, msg?: unknown) => void recorded.errors.push({ error, msg }),
    warn: (text: unknown) => void recorded.warnings.push(text),
    log: () => {},
    debug: () => {},
    trace: () => {},
    status: (status: NodeStatus) => void recorded.statuses.push(status),
    context: () => ({ ...store, flow: store, global: store }),
  })
  return node as unknown as FakeNode & Node
}

export interface Delivery {
  readonly sent: unknown[]
  /** undefined = done without an error. */
  readonly error: Error | undefined
}

/** Gives a node one message as Node-RED does and waits until the node says that it is done. */
export const deliver = (node: FakeNode, msg: Message): Promise<Delivery> =>
  new Promise((resolve) => {
    const sent: unknown[] = []
    node.emit(
      'input',
      msg,
      (outgoing: unknown) => sent.push(outgoing),
      (error?: Error) => resolve({ sent, error }),
    )
  })

/** Closes a node as Node-RED does and waits for it: listeners that take arguments say themselves when they are done. */
export const closeNode = async (node: FakeNode, removed = false): Promise<void> => {
  await Promise.all(
    node.listeners('close').map(
      (listener) =>
        new Promise<void>((resolve) => {
          if (listener.length === 0) resolve(listener())
          else if (listener.length === 1) listener(resolve)
          else listener(removed, resolve)
        }),
    ),
  )
  node.removeAllListeners('input')
}

export interface FakeRuntime {
  readonly RED: NodeAPI
  /** Makes a node of a registered type, as a deploy does, with what Node-RED keeps apart from the flow. */
  make(type: string, config: Record<string, unknown>, credentials?: object): FakeNode & Node
  readonly routes: Map<
    string,
    { permission: string; handler: (request: object, response: object) => unknown }
  >
}

/** Node-RED's API as far as this package uses it. Nodes are found by `getNode` under the id of their configuration. */
export const fakeRuntime = (settings: Record<string, unknown> = {}): FakeRuntime => {
  const types = new Map<string, (this: Node, config: NodeDef) => void>()
  const nodes = new Map<string, FakeNode & Node>()
  const routes: FakeRuntime['routes'] = new Map()
  const addRoute = (
    path: string,
    permission: string,
    handler: (request: object, response: object) => unknown,
  ): void => void routes.set(path, { permission, handler })
  let ids = 0
  const RED = {
    nodes: {
      registerType: (type: string, build: (this: Node, config: NodeDef) => void) =>
        void types.set(type, build),
      createNode: () => {},
      getNode: (id: string) => nodes.get(id) ?? null,
    },
    util: {
      generateId: () => `id-${++ids}`,
      evaluateNodeProperty: (
        value: string,
        type: string,
        node: Node,
        msg: Message,
        callback: (error: Error | null, found: unknown) => void,
      ) => {
        if (type === 'msg')
          callback(
            null,
            value.split('.').reduce<unknown>((found, key) => (found as Record<string, unknown>)[key], msg),
          )
        else if (type === 'flow' || type === 'global') node.context()[type].get(value, undefined, callback)
        else callback(null, value)
      },
    },
    settings,
    auth: { needsPermission: (permission: string) => permission },
    httpAdmin: { get: addRoute, post: addRoute },
    log: { warn: () => {}, error: () => {}, info: () => {} },
    _: (key: string) => key,
  }
  return {
    RED: RED as unknown as NodeAPI,
    routes,
    make: (type, config, credentials) => {
      const node = fakeNode(typeof config.id === 'string' ? config.id : undefined)
      if (credentials) Object.assign(node, { credentials })
      nodes.set(node.id, node)
      const build = types.get(type)
      if (!build) throw new Error(`${type} is not registered`)
      build.call(node, config as unknown as NodeDef)
      return node
    },
  }
}
