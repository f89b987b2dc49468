import assert from 'node:assert/strict'
import { serverChunks } from '../../../connect/opcua/chunks.ts'

const hello = { receiveBufferSize: 655_360, sendBufferSize: 655_360, maxMessageSize: 0, maxChunkCount: 0 }

describe('chunks of an OPC UA server', () => {
  it('are small however large a client would have them: a buffer of a whole chunk goes with every message', () => {
    const { receiveBufferSize, sendBufferSize } = serverChunks().adjustTransportLimits(hello)
    assert.deepEqual([receiveBufferSize, sendBufferSize], [8_192, 8_192])
  })

  it('are as large as a camera wants them', () => {
    const { receiveBufferSize } = serverChunks(65_536).adjustTransportLimits(hello)
    assert.equal(receiveBufferSize, 65_536)
  })

  it('are smaller where the client says so, and never below what the standard has', () => {
    const limits = { ...hello, receiveBufferSize: 20_000, sendBufferSize: 1_000 }
    const { receiveBufferSize, sendBufferSize } = serverChunks(65_536).adjustTransportLimits(limits)
    assert.deepEqual([receiveBufferSize, sendBufferSize], [20_000, 8_192])
  })

  it("hold a client's largest message, and 16 MiB where it names none", () => {
    const { adjustTransportLimits } = serverChunks()
    assert.equal(adjustTransportLimits(hello).maxMessageSize, 16 * 1_048_576)
    assert.equal(adjustTransportLimits({ ...hello, maxMessageSize: 70_000 }).maxMessageSize, 70_000)
    assert.equal(adjustTransportLimits({ ...hello, maxChunkCount: 9 }).maxChunkCount, 9)
  })
})
