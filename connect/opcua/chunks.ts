/**
 * Bytes of a chunk. node-opcua takes a fresh buffer of a whole chunk for every message, however short, of 512 KiB unless told otherwise;
 * V8 counts them as pressure on its memory, and went through the whole heap at every third part of a PLC, for 100 ms of processor time.
 * No side may ask for less than this (Part 6 §7.1.2.3).
 */
const CHUNK_BYTES = 8_192

/** For a client: what it sends is short, while an image may come in chunks as large as the server likes. */
export const CLIENT_CHUNKS = { sendBufferSize: CHUNK_BYTES }

const DEFAULT_MESSAGE_BYTES = 16 * 1_048_576
const MAX_MESSAGE_BYTES = 128 * 1_048_576

/** What client and server tell each other at the beginning of a connection; 0 = no limit. */
interface Limits {
  readonly receiveBufferSize: number
  readonly sendBufferSize: number
  readonly maxMessageSize: number
  readonly maxChunkCount: number
}

/** For a server. @param chunkBytes at most, of those that it sends and takes; what the client wants counts where it is less */
export const serverChunks = (chunkBytes = CHUNK_BYTES) => {
  const within = (wanted: number): number => Math.max(CHUNK_BYTES, Math.min(wanted || chunkBytes, chunkBytes))
  return {
    adjustTransportLimits: (hello: Limits): Limits => ({
      receiveBufferSize: within(hello.receiveBufferSize),
      sendBufferSize: within(hello.sendBufferSize),
      maxMessageSize: Math.min(hello.maxMessageSize || DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
      maxChunkCount: hello.maxChunkCount || Math.ceil(MAX_MESSAGE_BYTES / CHUNK_BYTES),
    }),
  }
}
