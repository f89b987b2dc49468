import type { Writable } from 'node:stream'
import { codedError, messageOf } from '../errors/index.ts'

/**
 * A frame: u32 header length, u32 payload length (both big-endian), header as JSON in UTF-8, payload as it is.
 * Payloads are pixels and maps; keeping them out of the JSON spares the flow's event loop from serialising them.
 */
const PREFIX_BYTES = 8

/** Headers hold numbers, names and error messages; the longest seen are far below 10 KiB. */
const MAX_HEADER_BYTES = 1024 * 1024

/** Sends one frame; the payload's parts go out as they lie in memory, so they must not change before it is answered. */
export const writeFrame = (stream: Writable, header: object, ...payload: readonly Uint8Array[]): void => {
  const json = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES)
  prefix.writeUInt32BE(json.length, 0)
  prefix.writeUInt32BE(
    payload.reduce((sum, { byteLength }) => sum + byteLength, 0),
    4,
  )
  stream.cork()
  stream.write(prefix)
  stream.write(json)
  for (const part of payload) if (part.byteLength > 0) stream.write(part)
  stream.uncork()
}

/**
 * Takes a stream's chunks as they come and calls `onFrame` once per whole frame.
 * Every payload is an ArrayBuffer of its own, so it may be viewed as Uint16Array or Float32Array without a copy.
 * @throws ENGINE_PROTOCOL before anything is allocated for a frame beyond the limits
 */
export const frameReader = <Header>(
  maxPayload: number,
  onFrame: (header: Header, payload: Uint8Array<ArrayBuffer>) => void,
): ((chunk: Uint8Array) => void) => {
  const parts = frameParts(maxPayload, onFrame)
  let part = allocate(parts.next().value)
  let filled = 0
  return (chunk) => {
    let taken = 0
    while (taken < chunk.length) {
      const count = Math.min(part.length - filled, chunk.length - taken)
      part.set(chunk.subarray(taken, taken + count), filled)
      filled += count
      taken += count
      // An empty part (a frame without payload) is full as soon as it is asked for.
      while (filled === part.length) {
        part = allocate(parts.next(part).value)
        filled = 0
      }
    }
  }
}

/** Asks for the parts of frame after frame by their length, and is handed each when it is full. */
function* frameParts<Header>(
  maxPayload: number,
  onFrame: (header: Header, payload: Uint8Array<ArrayBuffer>) => void,
): Generator<number, never, Buffer<ArrayBuffer>> {
  for (;;) {
    const prefix = yield PREFIX_BYTES
    const headerBytes = prefix.readUInt32BE(0)
    const payloadBytes = prefix.readUInt32BE(4)
    checkLength('header', headerBytes, MAX_HEADER_BYTES)
    checkLength('payload', payloadBytes, maxPayload)
    const header = parseHeader<Header>(yield headerBytes)
    onFrame(header, yield payloadBytes)
  }
}

/** Slow means: not from Node's shared pool, so that the bytes start at offset 0 of their buffer. */
const allocate = (bytes: number): Buffer<ArrayBuffer> => Buffer.allocUnsafeSlow(bytes)

const checkLength = (part: string, bytes: number, limit: number): void => {
  if (bytes <= limit) return
  throw codedError(
    'ENGINE_PROTOCOL',
    `a frame announces a ${part} of ${bytes} bytes where at most ${limit} are allowed; something else writes to the pipe`,
  )
}

const parseHeader = <Header>(json: Buffer): Header => {
  try {
    return JSON.parse(json.toString('utf8')) as Header
  } catch (cause) {
    throw codedError('ENGINE_PROTOCOL', `a frame's header is not JSON (${messageOf(cause)})`, { cause })
  }
}
