import { readFile } from 'node:fs/promises'
import type { ServerOptions } from '../engine/index.ts'
import { codedError, messageOf } from '../errors/index.ts'
import { text, usageError, type Values } from './options.ts'
import type { Surroundings } from './types.ts'

/** Of every command that may have its model run on a server. */
export const SERVER_OPTIONS = {
  server: text(
    'URL',
    'run the model on this KServe v2 server, for instance Triton, in place of a\ndevice; http:// or https://',
  ),
  'server-model': text('NAME', 'its name there (default: the name in model.json)'),
  'server-ca': text('FILE', "PEM of the authority of the server's certificate"),
  'server-token': text('FILE', 'file with the bearer token that the server asks for'),
}

type Given = Values<typeof SERVER_OPTIONS> & { readonly device?: unknown }

/**
 * Where the models run; null = on a device of this machine.
 * @returns by a model's name in its manifest
 * @throws CLI_USAGE, CLI_FILE_UNREADABLE
 */
export const givenServer = async (
  { device, server: url, 'server-model': model, 'server-ca': ca, 'server-token': tokenFile }: Given,
  { path }: Pick<Surroundings, 'path'>,
): Promise<((name: string) => ServerOptions) | null> => {
  if (url === undefined) {
    if (model !== undefined || ca !== undefined || tokenFile !== undefined)
      throw usageError('--server-model, --server-ca and --server-token go with --server.')
    return null
  }
  if (device !== undefined)
    throw usageError('--device and --server were both given; a model runs in one place.')
  const token = tokenFile === undefined ? undefined : await readToken(path(tokenFile))
  return (name) => ({
    url,
    model: model ?? name,
    ...(ca === undefined ? {} : { caFile: path(ca) }),
    ...(token === undefined ? {} : { token }),
  })
}

/** From a file: a command line can be read by every user of the machine, and stays in the history of the shell. */
const readToken = async (file: string): Promise<string> =>
  (
    await readFile(file, 'utf8').catch((cause: unknown) => {
      throw codedError('CLI_FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}.`, { cause })
    })
  ).trim()
