import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import * as yauzl from 'yauzl'
import { isCodedError, messageOf } from '../../errors/index.ts'
import { PROVIDER_LIBRARIES } from '../doctor/onnxruntime.ts'
import { installError, NUGET_PACKAGE } from './install-error.ts'

export interface UnpackOptions {
  /** Folder for the libraries. */
  readonly into: string
  /** Of onnxruntime-node; another one's libraries would crash it. */
  readonly version: string
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** A description of some kilobytes, with the version in it. */
const MAX_NUSPEC_BYTES = 1024 * 1024

/**
 * Takes the libraries out of a .nupkg, a zip archive.
 * @throws CLI_INSTALL_GPU
 */
export const fromPackage = async (
  file: string,
  { into, version, say, signal }: UnpackOptions,
): Promise<void> => {
  const fail = (cause: unknown): never => {
    throw isCodedError(cause) ? cause : installError(`${file} cannot be read: ${messageOf(cause)}.`, cause)
  }
  const zip = await yauzl.openPromise(file, { lazyEntries: true, autoClose: false }).catch(fail)
  try {
    const entries = new Map<string, yauzl.Entry>()
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
    await checkVersion(zip, entries, file, version)
    for (const library of PROVIDER_LIBRARIES) {
      const entry = entries.get(`runtimes/linux-x64/native/${library}`)
      if (entry === undefined)
        throw installError(`${file} has no ${library}; expected the file of ${NUGET_PACKAGE} ${version}.`)
      say(`unpacking ${library}`)
      const stream = checked(await zip.openReadStreamPromise(entry), entry)
      await pipeline(stream, createWriteStream(join(into, library)), { signal })
    }
  } catch (error) {
    signal.throwIfAborted()
    fail(error)
  } finally {
    zip.close()
  }
}

const checkVersion = async (
  zip: yauzl.ZipFile,
  entries: ReadonlyMap<string, yauzl.Entry>,
  file: string,
  version: string,
): Promise<void> => {
  const entry = entries.get(`${NUGET_PACKAGE}.nuspec`)
  if (entry === undefined || entry.uncompressedSize > MAX_NUSPEC_BYTES)
    throw installError(`${file} is not the file of ${NUGET_PACKAGE} that NuGet hands out.`)
  const text = (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8')
  const found = /<version>([^<]+)<\/version>/.exec(text)?.[1]
  if (found !== version)
    throw installError(
      `${file} is of version ${found}, and onnxruntime-node is ${version}. Fetch ${NUGET_PACKAGE} ${version}.`,
    )
}

/** The bytes of an entry; throws at their end where they are not what the archive promises. */
async function* checked(stream: Readable, entry: yauzl.Entry): AsyncGenerator<Buffer> {
  let sum = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum)
    yield chunk
  }
  if (sum !== entry.crc32) throw installError(`${entry.fileName} is damaged in the file. Copy it again.`)
}
