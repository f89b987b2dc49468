import assert from 'node:assert/strict'
import { DataType, DataValue, resolveNodeId, StatusCodes } from 'node-opcua'
import { MEBIBYTE } from '../../../../connect/opcua/image/index.ts'
import { readVariable } from '../../../../connect/opcua/image/variable.ts'
import { codedError, type ErrorCode } from '../../../../errors/index.ts'
import { type Answer, fakeConnection, goodValue, ranged, withStatus } from './fake-connection.ts'

const NOW = new Date('2026-05-06T07:08:09.010Z')
const TAKEN = new Date('2026-01-02T03:04:05.678Z')

const read = async (answer: Answer, { maxBytes = 16 * MEBIBYTE, trigger = null as Answer | null } = {}) => {
  const connection = fakeConnection()
  connection.answers.set('ns=1;s=Image', answer)
  if (trigger) connection.answers.set('ns=1;s=Frame', trigger)
  const result = readVariable(
    { connection, signal: new AbortController().signal, now: () => NOW },
    {
      nodeId: resolveNodeId('ns=1;s=Image'),
      maxBytes,
      trigger: trigger && resolveNodeId('ns=1;s=Frame'),
    },
  )
  return { reads: connection.reads, ...(await result) }
}

const refused = (promise: Promise<unknown>, code: ErrorCode, words?: RegExp) =>
  assert.rejects(promise, (error: Error & { code?: string }) => {
    assert.equal(error.code, code, String(error))
    if (words) assert.match(error.message, words)
    return true
  })

/** Different in every slice. */
const bytesOf = (length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at += 65_536) bytes.writeUInt32LE(at + 1, Math.min(at, length - 4))
  return bytes
}

/** A value that is written anew before some of the reads. */
const rewritten = (
  length: number,
  isWrittenBefore: (read: number) => boolean,
  withTimestamp = true,
): Answer => {
  let [reads, version] = [0, 0]
  return (range) => {
    if (isWrittenBefore(reads++)) version++
    const bytes = bytesOf(length)
    bytes[5] = version
    return ranged(bytes, { sourceTimestamp: withTimestamp ? new Date(1_000 + version) : null })(range)
  }
}

describe('an image in a variable', () => {
  it('is looked at before it is fetched, and fetched whole where a message can hold it', async () => {
    const { reads, image } = await read(ranged(Buffer.of(1, 2, 3), { sourceTimestamp: TAKEN }))
    assert.deepEqual(reads, [['0', ''], ['16777216', String(16 * MEBIBYTE - 65_536)], ['']])
    assert.deepEqual(image.bytes, Buffer.of(1, 2, 3))
    assert.deepEqual(image.capturedAt, TAKEN)
  })

  it('above the limit is never fetched', async () => {
    let whole = 0
    const answer: Answer = (range) => {
      if (range === undefined) whole++
      return ranged(Buffer.alloc(1_001))(range)
    }
    await refused(read(answer, { maxBytes: 1_000 }), 'OPCUA_IMAGE_TOO_LARGE')
    assert.equal(whole, 0)
    assert.equal((await read(answer, { maxBytes: 1_001 })).image.bytes.length, 1_001)
  })

  it('was taken at its source timestamp, else at the server, else now', async () => {
    const takenWith = async (options: object) =>
      (await read(ranged(Buffer.of(1, 2), options))).image.capturedAt
    const serverTimestamp = new Date(5)
    assert.deepEqual(await takenWith({ sourceTimestamp: TAKEN, serverTimestamp }), TAKEN)
    assert.deepEqual(await takenWith({ sourceTimestamp: null, serverTimestamp }), serverTimestamp)
    assert.deepEqual(await takenWith({ sourceTimestamp: null, serverTimestamp: null }), NOW)
  })

  it('has the number that its trigger has before and after', async () => {
    const { trigger } = await read(ranged(Buffer.of(1, 2)), { trigger: () => goodValue(DataType.UInt32, 7) })
    assert.equal(trigger?.value.value, 7)
    const none = await read(ranged(Buffer.of(1, 2)), {
      trigger: () => withStatus(StatusCodes.BadNodeIdUnknown),
    })
    assert.equal(none.trigger, null)
  })

  it('is read once more when its trigger changes meanwhile, and once only', async () => {
    const counting = (changes: number): Answer => {
      let [reads, frame] = [0, 0]
      // Two reads for each attempt: a change comes before the second of them.
      return () => goodValue(DataType.UInt32, reads++ % 2 === 1 && frame < changes ? ++frame : frame)
    }
    const { trigger } = await read(ranged(Buffer.of(1, 2)), { trigger: counting(1) })
    assert.equal(trigger?.value.value, 1)
    await refused(read(ranged(Buffer.of(1, 2)), { trigger: counting(2) }), 'OPCUA_IMAGE_TORN')
  })
})

describe('an image that no message can hold', () => {
  const maxBytes = 32 * MEBIBYTE
  const SLICE = 8 * MEBIBYTE

  for (const length of [2 * SLICE + 1, 3 * SLICE, 4 * SLICE])
    it(`of ${length} bytes is put together from slices`, async () => {
      const { image } = await read(ranged(bytesOf(length), { sourceTimestamp: TAKEN }), { maxBytes })
      assert.ok(image.bytes.equals(bytesOf(length)))
    })

  // Reads of the value: three to look at it, then the slices.
  for (const [kind, withTimestamp] of [
    ['with', true],
    ['without', false],
  ] as const)
    it(`is read once more when it changes between slices, ${kind} a source timestamp, and once only`, async () => {
      const once = rewritten(2 * SLICE + 9, (reads) => reads === 4, withTimestamp)
      const { image } = await read(once, { maxBytes })
      assert.equal(image.bytes[5], 1)
      assert.equal(image.bytes.length, 2 * SLICE + 9)
      const always = rewritten(2 * SLICE + 9, () => true, withTimestamp)
      await refused(read(always, { maxBytes }), 'OPCUA_IMAGE_TORN')
    })
})

describe('a server without IndexRange', () => {
  for (const status of [
    StatusCodes.BadIndexRangeInvalid,
    StatusCodes.BadIndexRangeNoData,
    StatusCodes.BadNotSupported,
  ])
    it(`that answers ${status.name} is asked for the whole value`, async () => {
      const { image } = await read((range) =>
        range === undefined ? goodValue(DataType.ByteString, Buffer.of(1, 2, 3)) : withStatus(status),
      )
      assert.deepEqual(image.bytes, Buffer.of(1, 2, 3))
    })

  it('that sends the whole value instead is not asked for it four times', async () => {
    const { image, reads } = await read(() => goodValue(DataType.ByteString, Buffer.of(1, 2, 3)))
    assert.deepEqual(image.bytes, Buffer.of(1, 2, 3))
    assert.deepEqual(reads, [['0', ''], ['']])
  })

  it('has its limit checked on what came', async () => {
    const answer: Answer = () => goodValue(DataType.ByteString, Buffer.alloc(1_001))
    await refused(read(answer, { maxBytes: 1_000 }), 'OPCUA_IMAGE_TOO_LARGE')
  })

  for (const code of ['OPCUA_TIMEOUT', 'OPCUA_CONNECTION_LOST'] as const)
    it(`whose answer ends in ${code} is suspected of too large an image, and the error says that it is a suspicion`, async () => {
      const broken = read((range) => {
        if (range !== undefined) return withStatus(StatusCodes.BadIndexRangeInvalid)
        throw codedError(code, 'gone.')
      })
      await refused(broken, 'OPCUA_IMAGE_TOO_LARGE', /suspicion/)
    })

  it('is not suspected when the value could have been looked at', async () => {
    const broken = read((range) => {
      if (range !== undefined) return ranged(Buffer.of(1, 2))(range)
      throw codedError('OPCUA_CONNECTION_LOST', 'gone.')
    })
    await refused(broken, 'OPCUA_CONNECTION_LOST')
  })
})

describe('what is no image', () => {
  for (const [kind, answer, code] of [
    ['no value', () => new DataValue({ value: { dataType: DataType.Null } }), 'OPCUA_IMAGE_EMPTY'],
    ['no bytes', ranged(Buffer.alloc(0)), 'OPCUA_IMAGE_EMPTY'],
    ['a number', () => goodValue(DataType.Double, 1), 'OPCUA_IMAGE_TYPE'],
    ['text', () => goodValue(DataType.String, 'x'), 'OPCUA_IMAGE_TYPE'],
    ['an unknown node', () => withStatus(StatusCodes.BadNodeIdUnknown), 'OPCUA_IMAGE_BAD'],
    [
      'an answer too large for the server',
      () => withStatus(StatusCodes.BadResponseTooLarge),
      'OPCUA_IMAGE_TOO_LARGE',
    ],
  ] as const)
    it(`${kind} has the code ${code}`, async () => {
      await refused(read(answer), code)
    })

  it('a server that cannot send its answer says so in words, too', async () => {
    const failing: Answer = (range) => {
      if (range !== undefined) return ranged(Buffer.of(1, 2))(range)
      throw codedError('OPCUA_REFUSED', 'the server refuses: BadTcpMessageTooLarge.')
    }
    await refused(read(failing), 'OPCUA_IMAGE_TOO_LARGE', /BadTcpMessageTooLarge/)
  })
})
