import type { EngineOptions, ServerOptions } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import { readLine, readNumber } from '../wiring/index.ts'

/** Fields of the dialog that count where the device is a server; a flow that was saved before there were any has none of them. */
export interface ServerConfig {
  serverUrl?: string
  serverModel?: string
  serverVersion?: string
  serverCaFile?: string
  serverCertFile?: string
  serverKeyFile?: string
  serverTimeoutS?: string
  serverParallel?: string
}

export interface ModelCredentials {
  readonly serverToken?: string
}

/**
 * The server that runs the model, and how many batches it gets at a time.
 * @throws NODE_CONFIG
 */
export const readServer = (
  config: ServerConfig,
  { serverToken }: ModelCredentials,
): { readonly server: ServerOptions; readonly batch: Pick<NonNullable<EngineOptions['batch']>, 'ahead'> } => {
  const url = readLine(config, 'serverUrl')
  const model = readLine(config, 'serverModel')
  for (const [field, value] of Object.entries({ serverUrl: url, serverModel: model }))
    if (value === '')
      throw codedError(
        'NODE_CONFIG',
        `"${field}" is empty, and the device is a KServe v2 server. Open the node and fill it in.`,
      )
  return {
    server: {
      url,
      model,
      version: readLine(config, 'serverVersion'),
      token: (serverToken ?? '').trim(),
      caFile: readLine(config, 'serverCaFile'),
      certFile: readLine(config, 'serverCertFile'),
      keyFile: readLine(config, 'serverKeyFile'),
      timeoutMs: Math.round(readNumber(config, 'serverTimeoutS', { min: 1, max: 3600, fallback: 30 }) * 1000),
    },
    batch: {
      ahead: readNumber(config, 'serverParallel', { min: 1, max: 17, integer: true, fallback: 2 }) - 1,
    },
  }
}
