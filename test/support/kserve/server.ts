import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions as TlsOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { InferenceSession } from '../../../models/onnxruntime.ts'
import { BadRequest, type Output, readRequest, wantedOutputs, writeResponse } from './tensors.ts'

/** What a test makes go wrong. */
export interface Faults {
  /** Status and headers in place of an answer to inference; null = none. */
  status: { readonly code: number; readonly headers?: Record<string, string>; readonly body?: string } | null
  /** So many connections are reset in the middle of the answer. */
  resets: number
  /** Inference is never answered. */
  hangs: boolean
  /** Longer bodies are refused, as proxies do. */
  maxBytes: number
  /** Inference waits for this. */
  waits: Promise<void> | null
  /** Model readiness is denied. */
  notReady: boolean
  /** Changes what the model says. */
  outputs: ((outputs: Output[]) => Output[]) | null
  /** Outputs are written as JSON, whatever was asked for. */
  jsonOnly: boolean
  /** Changes the model's metadata. */
  metadata: ((metadata: Record<string, unknown>) => Record<string, unknown>) | null
}

export interface KserveServer {
  readonly url: string
  readonly port: number
  readonly faults: Faults
  /** Of the model that answers. */
  version: string
  /** As `max_batch_size` and `parameters` of Triton's model configuration; null = a server without that extension. */
  config: Record<string, unknown> | null
  /** Images of each inference that has begun, in order. */
  readonly batches: number[]
  /** Requests that have come, as `GET /path`. */
  readonly requests: string[]
  /** Inferences that are under way. */
  readonly atOnce: () => number
  /** Ends all connections and listens no more; what is under way is cut off. */
  stop(): Promise<void>
  /** Listens again at the same port, as a server that was started anew. */
  restart(): Promise<void>
}

export interface KserveServerOptions {
  /** Folder with the model's `model.onnx`. */
  readonly folder: string
  readonly model: string
  /** Asked of every request. */
  readonly token?: string
  readonly tls?: TlsOptions
  /** Of the loopback. */
  readonly host?: string
  /** Connections that nobody has used for as long are closed. Else they would look, once a test leaves them alone, like those of a server that was started anew. */
  readonly keepAliveMs?: number
}

type Answer = { status?: number; headers?: Record<string, string>; body: Buffer | object }

/**
 * An inference server on the loopback that runs an ONNX file through onnxruntime, written from the Open Inference Protocol v2
 * (kserve/open-inference-protocol, `inference_rest.md`), the binary tensor data extension and, for `config`, Triton's model configuration extension.
 */
export const startKserveServer = async ({
  folder,
  model,
  token,
  tls,
  host = '127.0.0.1',
  keepAliveMs = 600_000,
}: KserveServerOptions): Promise<KserveServer> => {
  const session = await InferenceSession.create(join(folder, 'model.onnx'), { intraOpNumThreads: 1 })
  const faults: Faults = {
    status: null,
    resets: 0,
    hangs: false,
    maxBytes: Number.POSITIVE_INFINITY,
    waits: null,
    notReady: false,
    outputs: null,
    jsonOnly: false,
    metadata: null,
  }
  const batches: number[] = []
  const requests: string[] = []
  let atOnce = 0

  const tensors = (metadata: InferenceSession['inputMetadata']) =>
    metadata.map((value) => ({
      name: value.name,
      datatype: value.isTensor && value.type === 'uint8' ? 'UINT8' : 'FP32',
      shape: value.isTensor ? value.shape.map((size) => (typeof size === 'number' ? size : -1)) : [],
    }))

  /** A model of Triton's that makes batches has no output without a dimension beside that of the batch. */
  const isBatching = () => Number(server.config?.max_batch_size ?? 0) > 0
  const shapeOf = (name: string, shape: readonly number[]) =>
    name === 'score' && isBatching() ? [...shape, 1] : shape

  const metadata = () => ({
    name: model,
    versions: [server.version],
    platform: 'onnxruntime_onnx',
    inputs: tensors(session.inputMetadata),
    outputs: tensors(session.outputMetadata).map((output) => ({
      ...output,
      shape: shapeOf(output.name, output.shape),
    })),
  })

  const infer = async (request: IncomingMessage): Promise<Answer> => {
    const { json, inputs } = readRequest(request.headers, await buffer(request))
    for (const name of session.inputNames)
      if (!inputs.has(name))
        throw new BadRequest(`expected ${session.inputNames.length} inputs, no '${name}'`)
    const images = inputs.get('image')?.dims[0] ?? 0
    const most = Number(server.config?.max_batch_size ?? 0)
    if (most > 0 && images > most)
      throw new BadRequest(
        `[request id: <id_unknown>] inference request batch-size must be <= ${most} for '${model}'`,
      )
    batches.push(images)
    const wanted = wantedOutputs(json, session.outputNames)
    await faults.waits
    const results = await session.run(
      Object.fromEntries(inputs),
      wanted.map(({ name }) => name),
    )
    const outputs = wanted.map(({ name, isBinary }) => ({
      name,
      shape: shapeOf(name, results[name]!.dims),
      values: results[name]!.data as Float32Array,
      isBinary: isBinary && !faults.jsonOnly,
    }))
    return writeResponse(
      { model_name: model, model_version: server.version, ...(json.id === undefined ? {} : { id: json.id }) },
      faults.outputs === null ? outputs : faults.outputs(outputs),
    )
  }

  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return { status: 401, body: { error: 'Unauthorized' } }
    const path = decodeURIComponent(request.url ?? '')
    if (path === '/v2') return { body: { name: 'test', version: '1', extensions: ['binary_tensor_data'] } }
    if (path === '/v2/health/live') return { body: { live: true } }
    if (path === '/v2/health/ready') return { body: { live: !faults.notReady } }
    const [, name, , version, rest] =
      /^\/v2\/models\/([^/]+)(\/versions\/([^/]+))?(?:\/(ready|infer|config))?$/.exec(path) ?? []
    if (name === undefined) return { status: 404, body: { error: 'Not Found' } }
    if (name !== model || (version !== undefined && version !== server.version))
      return { status: 404, body: { error: `Request for unknown model: '${name}' is not found` } }
    switch (rest) {
      case 'ready':
        return faults.notReady
          ? { status: 400, body: { error: `model '${model}' is not ready` } }
          : { body: { name: model, ready: true } }
      case 'config':
        return server.config === null
          ? { status: 404, body: { error: 'Not Found' } }
          : { body: server.config }
      case 'infer':
        return infer(request)
      default:
        return { body: faults.metadata?.(metadata()) ?? metadata() }
    }
  }

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(`${request.method} ${request.url}`)
    const isInference = request.url?.endsWith('/infer') ?? false
    if (isInference) atOnce += 1
    try {
      if (isInference && faults.hangs) return
      if (isInference && faults.status !== null) {
        const { code, headers = {}, body = '{"error":"as the test says"}' } = faults.status
        request.resume()
        response.writeHead(code, headers).end(body)
        return
      }
      if (Number(request.headers['content-length'] ?? 0) > faults.maxBytes) {
        request.resume()
        response.writeHead(413).end('<html>413 Request Entity Too Large</html>')
        return
      }
      const {
        status = 200,
        headers = { 'content-type': 'application/json' },
        body,
      } = await answerTo(request).catch(
        (error: unknown): Answer => ({
          status: error instanceof BadRequest ? 400 : 500,
          body: { error: String(error instanceof Error ? error.message : error) },
        }),
      )
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
      response.writeHead(status, { ...headers, 'content-length': bytes.byteLength })
      if (isInference && faults.resets > 0) {
        faults.resets -= 1
        response.write(bytes.subarray(0, bytes.byteLength >> 1), () => request.socket.resetAndDestroy())
        return
      }
      response.end(bytes)
    } finally {
      if (isInference) atOnce -= 1
    }
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse) => void respond(request, response)
  const start = async (port: number) => {
    const http = tls === undefined ? createServer(onRequest) : createSecureServer(tls, onRequest)
    http.keepAliveTimeout = keepAliveMs
    http.listen(port, host)
    await once(http, 'listening')
    return http
  }
  let http = await start(0)
  const { port } = http.address() as AddressInfo

  const server: KserveServer = {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    port,
    faults,
    version: '1',
    config: null,
    batches,
    requests,
    atOnce: () => atOnce,
    stop: async () => {
      const closed = once(http, 'close')
      http.close()
      http.closeAllConnections()
      await closed
    },
    restart: async () => {
      http = await start(port)
    },
  }
  return server
}
