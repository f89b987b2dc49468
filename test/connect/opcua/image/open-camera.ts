import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, openConnection } from '../../../../connect/opcua/client/index.ts'
import {
  type ImageCounts,
  type ImageSettings,
  type ImageSource,
  MEBIBYTE,
  type OpcUaImage,
  openImageSource,
  type Sequence,
} from '../../../../connect/opcua/image/index.ts'
import { factsOf, openPki } from '../../../../connect/opcua/pki/index.ts'
import { type OpcUaServerOptions, startOpcUaServer, type TestServer } from '../../../support/opcua-server.ts'

/** Far above what anything here takes; it only ends a test that would wait for ever, with words. */
const PATIENCE_MS = 15_000

/** What a source has told, and a way to wait for it. */
export interface Gathered {
  readonly source: ImageSource
  readonly images: OpcUaImage[]
  readonly errors: { readonly error: Error; readonly sequence: Sequence }[]
  counts(): ImageCounts
  /** Waits until the server has told its values so many times: after the first, every change is one. */
  heard(times: number): Promise<void>
  until(isEnough: (gathered: Gathered) => boolean): Promise<void>
}

/** A camera's server, and our connection to it, SignAndEncrypt over a socket. */
export interface Camera {
  readonly server: TestServer
  readonly connection: Connection
  open(changes: Partial<ImageSettings>): Gathered
  online(): Promise<void>
  /** Ends the server; gives the function that starts one again at the same place. */
  stop(): Promise<(variables?: OpcUaServerOptions['variables']) => Promise<TestServer>>
  close(): Promise<void>
}

const SETTINGS: ImageSettings = {
  source: 'variable',
  nodeId: 'ns=1;s=Image',
  mode: 'asked',
  samplingMs: 10,
  publishingMs: 20,
  maxBytes: 16 * MEBIBYTE,
  maxFileBytes: 64 * MEBIBYTE,
  atStart: false,
}

/** Opens a source and gathers what it tells. */
export const gather = (
  connection: Connection,
  changes: Partial<ImageSettings>,
  now?: () => Date,
): Gathered => {
  const images: OpcUaImage[] = []
  const errors: { error: Error; sequence: Sequence }[] = []
  let look = (): void => {}
  let notifications = 0
  const overheard: Connection = {
    ...connection,
    watch: (items, publishingMs) =>
      connection.watch(
        items.map((item) => ({
          ...item,
          onChange: (value) => {
            item.onChange(value)
            notifications++
            look()
          },
        })),
        publishingMs,
      ),
  }
  const source = openImageSource(
    overheard,
    { ...SETTINGS, ...changes },
    {
      onImage: (image) => {
        images.push(image)
        look()
      },
      onError: (error, sequence) => {
        errors.push({ error, sequence })
        look()
      },
      onCounts: () => look(),
    },
    now ? { now } : {},
  )
  const gathered: Gathered = {
    source,
    images,
    errors,
    counts: () => source.counts(),
    heard: (times) => gathered.until(() => notifications >= times),
    until: (isEnough) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const said = (): string =>
        `${JSON.stringify(source.counts())}, ${errors.map(({ error }) => error.message).join('; ')}`
      const patience = setTimeout(() => reject(new Error(`waited in vain: ${said()}`)), PATIENCE_MS)
      look = () => {
        if (!isEnough(gathered)) return
        clearTimeout(patience)
        resolve()
      }
      look()
      return promise
    },
  }
  return gathered
}

export const openCamera = async (options: OpcUaServerOptions): Promise<Camera> => {
  const folder = await mkdtemp(join(tmpdir(), 'camera-'))
  const serverFolder = join(folder, 'server')
  const pkiFolder = join(folder, 'client')
  const start = (changes: OpcUaServerOptions) =>
    startOpcUaServer({ ...options, ...changes, pkiFolder: serverFolder })
  let server = await start({})
  const pki = await openPki(pkiFolder)
  await pki.isTrusted(server.certificate)
  await pki.trust(factsOf(server.certificate).thumbprint)
  const connection = openConnection(
    {
      endpointUrl: server.endpointUrl,
      securityMode: 'SignAndEncrypt',
      securityPolicy: 'Basic256Sha256',
      identity: { type: 'anonymous' },
      pkiFolder,
      requestTimeoutMs: 10_000,
      watchdogMs: 1_000,
    },
    { random: () => 1 },
  )
  const online = (): Promise<void> =>
    new Promise((resolve) => {
      if (connection.status().state === 'online') return resolve()
      const end = connection.onStatus(({ state }) => {
        if (state !== 'online') return
        end()
        resolve()
      })
    })
  const sources: ImageSource[] = []
  return {
    get server() {
      return server
    },
    connection,
    online,
    open: (changes) => {
      const gathered = gather(connection, changes)
      sources.push(gathered.source)
      return gathered
    },
    stop: async () => {
      const { port } = server
      await server.stop()
      return async (variables) => {
        server = await start({ port, ...(variables && { variables }) })
        return server
      }
    },
    close: async () => {
      await Promise.all(sources.map((source) => source.close()))
      await connection.close()
      await pki.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
