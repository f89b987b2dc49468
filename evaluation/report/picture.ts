/** A JPEG begins with these bytes: ISO 10918-1 B.1.1. */
const JPEG = [0xff, 0xd8, 0xff]

/** An evaluation's pictures have 256 pixels on the longer side, and a tenth of that. */
const MAX_BYTES = 1_000_000

/** A picture within the page; null where there is none, or what is there is none of an evaluation's. */
export const dataUri = (bytes: Uint8Array | undefined): string | null =>
  bytes !== undefined && bytes.length <= MAX_BYTES && JPEG.every((byte, i) => bytes[i] === byte)
    ? `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}`
    : null
