import assert from 'node:assert/strict'
import { setImmediate as soon } from 'node:timers/promises'
import { DataType, VariantArrayType } from 'node-opcua'
import { codedError, isCodedError } from '../../../../errors/index.ts'
import { type FakeConnection, fakeConnection, goodValue, ranged } from './fake-connection.ts'
import { gather } from './open-camera.ts'

const FRAME = 'ns=1;s=Frame'
const IMAGE = 'ns=1;s=Image'

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await soon()
}

/** A camera whose reads end when the test lets them, and a source that is triggered by its frame number. */
const slowCamera = () => {
  const connection = fakeConnection()
  let frame = 0
  let gate: PromiseWithResolvers<void> | null = null
  const say = (number: number): void => connection.notify(FRAME, goodValue(DataType.UInt32, number))
  connection.answers.set(FRAME, () => goodValue(DataType.UInt32, frame))
  connection.answers.set(IMAGE, async (range) => {
    if (range === undefined) await gate?.promise
    return ranged(Buffer.of(frame, 0, 0))(range)
  })
  const line = gather(connection, { mode: 'triggered', trigger: { nodeId: FRAME, rule: 'change' } })
  return {
    connection,
    line,
    say,
    /** Writes an image and its number; the announcement comes later, with `say`. */
    write: (number: number) => {
      frame = number
    },
    /** Both. */
    take: (number: number) => {
      frame = number
      say(number)
    },
    hold: () => {
      gate = Promise.withResolvers<void>()
    },
    release: () => {
      gate?.resolve()
      gate = null
    },
    sequences: () => line.images.map(({ sequence }) => sequence),
  }
}

describe('a source of images', () => {
  it('reads one image at a time, and of those announced meanwhile the newest', async () => {
    const { connection, line, take, say, hold, release, sequences } = slowCamera()
    take(1)
    hold()
    take(2)
    await settled()
    // Numbers as the server tells them late: the camera itself still shows the second image.
    for (const number of [3, 4, 5]) say(number)
    release()
    await settled()
    assert.equal(connection.mostReads(), 1)
    assert.deepEqual(sequences(), [2, 2])
    assert.deepEqual(line.counts(), { images: 2, errors: 0, skipped: 2, missed: 0 })
  })

  it('says of an image that was newer than announced which one it is, and does not read it twice', async () => {
    const { line, take, write, say, sequences } = slowCamera()
    take(1)
    write(4)
    say(2)
    await settled()
    for (const number of [3, 4]) say(number)
    await settled()
    take(5)
    await settled()
    assert.deepEqual(sequences(), [4, 5])
    // 2 was announced; 3 was told of only after it was too late.
    assert.deepEqual(line.counts(), { images: 2, errors: 0, skipped: 1, missed: 1 })
  })

  it('counts every number exactly once, whichever way it was lost', async () => {
    const { line, take, write, say, hold, release, sequences } = slowCamera()
    take(1)
    hold()
    take(2)
    await settled()
    write(5)
    for (const number of [3, 4, 5, 6, 9]) say(number)
    write(9)
    release()
    await settled()
    const { images, skipped, missed } = line.counts()
    assert.equal(sequences().at(-1), 9)
    assert.equal(images + skipped + missed, 8, JSON.stringify(line.counts()))
  })

  it('reads what came while the session was gone once there is one, and reports nothing in between', async () => {
    const { connection, line, take, write, say, sequences } = slowCamera()
    take(1)
    connection.setState('waiting')
    take(2)
    await settled()
    assert.deepEqual([line.images, line.errors], [[], []])
    connection.setState('online')
    write(4)
    say(4)
    await settled()
    assert.deepEqual(sequences(), [4])
    assert.equal(line.counts().missed, 2)
  })

  it('tries an image that ends the session once more, and then says so', async () => {
    const { connection, line, take, say } = slowCamera()
    const lose = (): never => {
      throw codedError('OPCUA_CONNECTION_LOST', 'gone.')
    }
    take(1)
    connection.answers.set(IMAGE, lose)
    take(2)
    await settled()
    assert.equal(line.errors.length, 0)
    say(2)
    await settled()
    assert.ok(isCodedError(line.errors[0]?.error, 'OPCUA_CONNECTION_LOST'))
    assert.equal(line.errors[0]?.sequence, 2)
    say(2)
    await settled()
    assert.equal(line.errors.length, 1)
  })

  it('goes on after an image that could not be read', async () => {
    const { connection, line, take, sequences } = slowCamera()
    take(1)
    const answer = connection.answers.get(IMAGE)!
    connection.answers.set(IMAGE, ranged(Buffer.alloc(0)))
    take(2)
    await settled()
    connection.answers.set(IMAGE, answer)
    take(3)
    await settled()
    assert.ok(isCodedError(line.errors[0]?.error, 'OPCUA_IMAGE_EMPTY'))
    assert.deepEqual(sequences(), [3])
    assert.deepEqual(line.counts(), { images: 1, errors: 1, skipped: 0, missed: 0 })
  })

  it('says once what is wrong with its trigger, and once more after it was right', async () => {
    const { connection, line, take } = slowCamera()
    const array = goodValue(DataType.UInt32, Uint32Array.of(1, 2))
    array.value.arrayType = VariantArrayType.Array
    for (let times = 0; times < 3; times++) connection.notify(FRAME, array)
    assert.equal(line.errors.length, 1)
    take(1)
    connection.notify(FRAME, array)
    assert.equal(line.errors.length, 2)
    assert.ok(line.errors.every(({ error }) => isCodedError(error, 'OPCUA_IMAGE_TYPE')))
  })

  it('tells that the server refuses to watch', () => {
    const { connection, line } = slowCamera()
    connection.watched[0]!.onRefused(codedError('OPCUA_REFUSED', 'BadNodeIdUnknown.'))
    assert.ok(isCodedError(line.errors[0]?.error, 'OPCUA_REFUSED'))
  })

  it('answers who asks, in any mode, and tells nobody else', async () => {
    const { line, take } = slowCamera()
    take(1)
    const image = await line.source.readNow()
    assert.equal(image.sequence, 1)
    assert.deepEqual(line.images, [])
  })

  it('that is closed watches nothing, refuses who waits, and drops what is under way', async () => {
    const { connection, line, take, hold, release } = slowCamera()
    take(1)
    hold()
    take(2)
    await settled()
    const asked = assert.rejects(line.source.readNow(), (thrown) => isCodedError(thrown, 'OPCUA_OFFLINE'))
    const closed = line.source.close()
    release()
    await closed
    await asked
    assert.deepEqual([line.images, line.errors, connection.watched], [[], [], []])
  })

  it('that is closed does not wait for a server that never answers', async function () {
    this.timeout(5_000)
    const { line, take, hold } = slowCamera()
    take(1)
    hold()
    take(2)
    await settled()
    await line.source.close()
  })

  it('is told by the image itself with one byte of it', async () => {
    const connection: FakeConnection = fakeConnection()
    connection.answers.set(IMAGE, ranged(Buffer.of(1, 2, 3)))
    const line = gather(connection, { mode: 'subscribed', atStart: true })
    assert.deepEqual(
      connection.watched.map(({ nodeId, announce }) => [nodeId, announce]),
      [[IMAGE, 'timestamp']],
    )
    connection.notify(IMAGE, goodValue(DataType.ByteString, Buffer.of(1), { sourceTimestamp: new Date(1) }))
    await settled()
    assert.deepEqual(line.images[0]?.bytes, Buffer.of(1, 2, 3))
  })
})
