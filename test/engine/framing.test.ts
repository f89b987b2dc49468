import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { frameReader, writeFrame } from '../../engine/framing.ts'

interface Frame {
  readonly header: unknown
  readonly payload: Uint8Array<ArrayBuffer>
}

const written = (...frames: (readonly [object, ...Uint8Array[]])[]): Buffer => {
  const stream = new PassThrough({ highWaterMark: 1024 * 1024 })
  for (const [header, ...payload] of frames) writeFrame(stream, header, ...payload)
  return stream.read()
}

const collector = (maxPayload = 1000) => {
  const frames: Frame[] = []
  return {
    frames,
    read: frameReader<unknown>(maxPayload, (header, payload) => frames.push({ header, payload })),
  }
}

const prefix = (header: number, payload: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(header, 0)
  bytes.writeUInt32BE(payload, 4)
  return bytes
}

describe('frames', () => {
  it('arrive whole however the stream cuts them', () => {
    const bytes = written(
      [{ n: 1, text: 'Fräsen' }, Uint8Array.of(1, 2, 3)],
      [{ n: 2 }],
      [{ n: 3 }, Uint8Array.of(4)],
    )
    for (const size of [1, 3, 7, bytes.length]) {
      const { frames, read } = collector()
      for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size))
      assert.deepEqual(
        frames.map(({ header, payload }) => ({ header, payload: [...payload] })),
        [
          { header: { n: 1, text: 'Fräsen' }, payload: [1, 2, 3] },
          { header: { n: 2 }, payload: [] },
          { header: { n: 3 }, payload: [4] },
        ],
      )
    }
  })

  it('bring payloads that can be viewed as wider numbers without a copy', () => {
    const { frames, read } = collector()
    read(written([{}, new Uint8Array(Float32Array.of(0.5, 2).buffer)], [{ odd: true }, new Uint8Array(8)]))
    const { payload } = frames[0]!
    assert.equal(payload.byteOffset, 0)
    assert.deepEqual(new Float32Array(payload.buffer, 0, 2), Float32Array.of(0.5, 2))
  })

  it('hand the payload to the stream as it lies in memory', () => {
    const stream = new PassThrough()
    const chunks: Uint8Array[] = []
    stream.write = (chunk: Uint8Array) => chunks.push(chunk) > 0
    const payload = new Uint8Array(64)
    writeFrame(stream, {}, payload)
    assert.equal(chunks.at(-1)?.buffer, payload.buffer)
  })

  it('are refused before anything is allocated when they announce too large a payload', () => {
    const { read } = collector(1000)
    assert.throws(() => read(prefix(2, 1001)), { code: 'ENGINE_PROTOCOL' })
  })

  it('are refused when they announce too large a header', () => {
    const { read } = collector()
    assert.throws(() => read(prefix(2 ** 31, 0)), { code: 'ENGINE_PROTOCOL' })
  })

  it('are refused when the header is not JSON', () => {
    const { read } = collector()
    assert.throws(() => read(Buffer.concat([prefix(3, 0), Buffer.from('{"a')])), { code: 'ENGINE_PROTOCOL' })
  })
})
