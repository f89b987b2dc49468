import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { DataType, StatusCodes } from 'node-opcua'
import { MEBIBYTE } from '../../../../connect/opcua/image/index.ts'
import { isCodedError } from '../../../../errors/index.ts'
import { addFile, type ServedFile } from '../../../support/opcua-file.ts'
import { type Camera, type Gathered, openCamera } from './open-camera.ts'

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const megabytes = (count: number): Buffer => randomBytes(count * 1_000_000)

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error) => error.code as string,
  )

const variable = (name: string, dataType: DataType | 'ImagePNG', value: unknown, isArray = false) => ({
  name,
  dataType: dataType as DataType,
  value,
  isArray,
})

/** `ns=1;s=NAME` for each. */
const VARIABLES = [
  variable('Image', DataType.ByteString, null),
  variable('Frame', DataType.UInt32, 0),
  variable('Taken', DataType.Boolean, false),
  variable('Array', DataType.Byte, Uint8Array.of(1, 2, 3), true),
  variable('Words', DataType.String, 'no image'),
]

describe('images over OPC UA, SignAndEncrypt on a socket', function () {
  this.timeout(120_000)
  let camera: Camera
  let file: ServedFile
  let slow: ServedFile

  before(async () => {
    camera = await openCamera({
      variables: VARIABLES,
      build: (namespace) => {
        namespace
          .addVariable({
            organizedBy: namespace.addressSpace.rootFolder.objects,
            browseName: 'Picture',
            nodeId: 's=Picture',
            dataType: 'ImagePNG',
          })
          .setValueFromSource({ dataType: DataType.ByteString, value: Buffer.of(1, 2, 3) })
        file = addFile(namespace, { name: 'File', bytes: Buffer.alloc(0) })
        slow = addFile(namespace, {
          name: 'Slow',
          bytes: Buffer.alloc(10_000),
          maxByteStringLength: 1_000,
          withModified: false,
        })
      },
    })
    await camera.online()
  })
  after(() => camera?.close())

  const reader = (changes: Parameters<Camera['open']>[0] = {}): Gathered => camera.open(changes)

  for (const size of [0.1, 1, 5, 15])
    it(`${size} MB by variable arrive intact`, async () => {
      const bytes = megabytes(size)
      camera.server.set('Image', bytes)
      const image = await reader().source.readNow()
      assert.equal(sha256(image.bytes), sha256(bytes))
      assert.equal(image.statusCode, 'Good')
      assert.equal(image.dataType, 'ByteString')
      assert.equal(image.nodeId, 'ns=1;s=Image')
      assert.ok(Math.abs(Date.now() - image.capturedAt.getTime()) < 10_000)
    })

  it('30 MB by file arrive intact', async () => {
    const bytes = megabytes(30)
    const taken = new Date('2026-01-02T03:04:05.678Z')
    file.write(bytes, taken)
    const image = await reader({ source: 'file', nodeId: file.nodeId }).source.readNow()
    assert.equal(sha256(image.bytes), sha256(bytes))
    assert.equal(image.dataType, 'FileType')
    assert.deepEqual(image.capturedAt, taken)
    assert.equal(file.openHandles(), 0)
    assert.equal(Math.max(...file.lengths), MEBIBYTE)
  })

  it('17 MB by variable are refused within a second, and the session survives', async () => {
    const { source } = reader()
    const { reconnects } = camera.connection.status()
    camera.server.set('Image', megabytes(17))
    const started = performance.now()
    await assert.rejects(source.readNow(), (error) => {
      assert.ok(isCodedError(error, 'OPCUA_IMAGE_TOO_LARGE'), String(error))
      assert.match(error.message, /16777216 bytes.*limit.*FileType/s)
      return true
    })
    const ms = performance.now() - started
    assert.ok(ms < 1_000, `${ms} ms`)
    camera.server.set('Image', Buffer.of(1, 2, 3))
    assert.deepEqual((await source.readNow()).bytes, Buffer.of(1, 2, 3))
    assert.equal(camera.connection.status().reconnects, reconnects)
  })

  it('a limit of 32 MiB reads 17 MB in slices', async () => {
    const bytes = megabytes(17)
    camera.server.set('Image', bytes)
    const image = await reader({ maxBytes: 32 * MEBIBYTE }).source.readNow()
    assert.equal(sha256(image.bytes), sha256(bytes))
  })

  it('what just does not fit into a message, and what ends with a slice, arrive as well', async () => {
    const { source } = reader({ maxBytes: 16 * MEBIBYTE })
    for (const length of [16 * MEBIBYTE - 65_536, 16 * MEBIBYTE - 65_535, 16 * MEBIBYTE]) {
      const bytes = randomBytes(length)
      camera.server.set('Image', bytes)
      assert.equal(sha256((await source.readNow()).bytes), sha256(bytes), `${length}`)
    }
    camera.server.set('Image', randomBytes(16 * MEBIBYTE + 1))
    assert.equal(await codeOf(source.readNow()), 'OPCUA_IMAGE_TOO_LARGE')
  })

  it('an array of Byte is an image, too', async () => {
    const bytes = megabytes(1)
    camera.server.set('Array', new Uint8Array(bytes))
    const image = await reader({ nodeId: 'ns=1;s=Array' }).source.readNow()
    assert.deepEqual([sha256(image.bytes), image.dataType], [sha256(bytes), 'Byte[]'])
  })

  it('a subtype of ByteString is told by its name', async () => {
    const image = await reader({ nodeId: 'ns=1;s=Picture' }).source.readNow()
    assert.equal(image.dataType, 'ImagePNG')
  })

  it('no value, another type, an unknown node and a bad status have codes of their own', async () => {
    const { source } = reader()
    camera.server.set('Image', null)
    assert.equal(await codeOf(source.readNow()), 'OPCUA_IMAGE_EMPTY')
    camera.server.set('Image', Buffer.alloc(0))
    assert.equal(await codeOf(source.readNow()), 'OPCUA_IMAGE_EMPTY')
    for (const [nodeId, code] of [
      ['ns=1;s=Words', 'OPCUA_IMAGE_TYPE'],
      ['ns=1;s=Frame', 'OPCUA_IMAGE_TYPE'],
      ['ns=1;s=Nothing', 'OPCUA_IMAGE_BAD'],
    ] as const)
      assert.equal(await codeOf(reader({ nodeId }).source.readNow()), code, nodeId)
    const value = { dataType: DataType.ByteString, value: Buffer.of(1, 2, 3) }
    camera.server.variable('Image').setValueFromSource(value, StatusCodes.BadSensorFailure)
    assert.equal(await codeOf(source.readNow()), 'OPCUA_IMAGE_BAD')
    camera.server.variable('Image').setValueFromSource(value, StatusCodes.UncertainLastUsableValue)
    const image = await source.readNow()
    assert.deepEqual([image.statusCode, image.isUncertain], ['UncertainLastUsableValue', true])
  })

  describe('from a file', () => {
    const read = (nodeId: string, changes = {}) =>
      reader({ source: 'file', nodeId, ...changes }).source.readNow()

    it('take as little at a time as the file allows', async () => {
      const bytes = randomBytes(10_000)
      slow.write(bytes)
      const image = await read(slow.nodeId)
      assert.deepEqual(image.bytes, bytes)
      assert.deepEqual(new Set(slow.lengths), new Set([1_000]))
    })

    it('are closed when Read fails', async () => {
      slow.beforeRead = () =>
        slow.calls.at(-3) === 'Read' ? { statusCode: StatusCodes.BadDeviceFailure } : null
      assert.equal(await codeOf(read(slow.nodeId)), 'OPCUA_IMAGE_FILE')
      slow.beforeRead = null
      assert.equal(slow.calls.at(-1), 'Close')
      assert.equal(slow.openHandles(), 0)
    })

    it('are closed when the flow is redeployed in the middle of one', async () => {
      const { source } = reader({ source: 'file', nodeId: slow.nodeId })
      const reads = slow.lengths.length
      let closing: Promise<void> | undefined
      slow.beforeRead = () => {
        closing ??= source.close()
        return null
      }
      assert.equal(await codeOf(source.readNow()), 'OPCUA_OFFLINE')
      await closing
      slow.beforeRead = null
      assert.equal(slow.lengths.length, reads + 1)
      assert.equal(slow.openHandles(), 0)
    })

    it('above the limit are not even opened', async () => {
      slow.write(randomBytes(10_001))
      const opened = slow.calls.length
      assert.equal(await codeOf(read(slow.nodeId, { maxFileBytes: 10_000 })), 'OPCUA_IMAGE_TOO_LARGE')
      assert.equal(slow.calls.length, opened)
    })

    it('that give more than their Size says are cut off at the limit, and closed', async () => {
      slow.write(randomBytes(2_000))
      slow.beforeRead = () => ({
        statusCode: StatusCodes.Good,
        outputArguments: [{ dataType: DataType.ByteString, value: Buffer.alloc(1_000) }],
      })
      assert.equal(await codeOf(read(slow.nodeId, { maxFileBytes: 5_000 })), 'OPCUA_IMAGE_TOO_LARGE')
      slow.beforeRead = null
      assert.equal(slow.openHandles(), 0)
    })

    it('written anew while they are read are read once more, and once only', async () => {
      const rewrite = (times: number) => {
        let left = times
        file.beforeRead = () => {
          if (left-- > 0) file.write(randomBytes(100), new Date(1_000 + left))
          return null
        }
      }
      file.write(randomBytes(100))
      rewrite(1)
      assert.equal((await read(file.nodeId)).bytes.length, 100)
      rewrite(100)
      assert.equal(await codeOf(read(file.nodeId)), 'OPCUA_IMAGE_TORN')
      file.beforeRead = null
    })

    it('that are empty, and objects that are no file, have codes of their own', async () => {
      slow.write(Buffer.alloc(0))
      assert.equal(await codeOf(read(slow.nodeId)), 'OPCUA_IMAGE_EMPTY')
      assert.equal(await codeOf(read('i=2253')), 'OPCUA_IMAGE_TYPE')
      assert.equal(await codeOf(read('ns=1;s=Nothing')), 'OPCUA_IMAGE_BAD')
    })

    it('announce themselves by LastModifiedTime', async () => {
      file.write(Buffer.of(1), new Date(1))
      const line = reader({ source: 'file', nodeId: file.nodeId, mode: 'subscribed' })
      await line.heard(1)
      assert.equal(line.images.length, 0)
      file.write(Buffer.of(2), new Date(2))
      await line.until(({ images }) => images.length === 1)
      assert.deepEqual(line.images[0]!.bytes, Buffer.of(2))
      await line.source.close()
    })

    it('announce themselves by Size where there is no LastModifiedTime, or by a trigger', async () => {
      slow.write(Buffer.alloc(5))
      const bySize = reader({ source: 'file', nodeId: slow.nodeId, mode: 'subscribed' })
      await bySize.heard(1)
      slow.write(Buffer.alloc(6))
      await bySize.until(({ images }) => images.length === 1)
      await bySize.source.close()

      camera.server.set('Frame', 1)
      const trigger = { nodeId: 'ns=1;s=Frame', rule: 'change' } as const
      const triggered = reader({ source: 'file', nodeId: slow.nodeId, mode: 'triggered', trigger })
      await triggered.heard(1)
      slow.write(Buffer.alloc(6, 7))
      camera.server.set('Frame', 2)
      await triggered.until(({ images }) => images.length === 1)
      assert.deepEqual([triggered.images[0]?.sequence, triggered.images[0]?.bytes], [2, Buffer.alloc(6, 7)])
      await triggered.source.close()
    })
  })

  describe('announced', () => {
    it('by the image itself are read once each, without the bytes being sent twice', async () => {
      camera.server.set('Image', Buffer.of(0))
      const line = reader({ mode: 'subscribed' })
      await line.heard(1)
      for (const n of [1, 2, 3]) {
        camera.server.set('Image', Buffer.of(n))
        await line.until(({ images }) => images.length === n)
      }
      assert.deepEqual(
        line.images.map(({ bytes }) => [...bytes]),
        [[1], [2], [3]],
      )
      assert.deepEqual(
        line.images.map(({ sequence }) => sequence),
        [null, null, null],
      )
      assert.deepEqual(line.errors, [])
      await line.source.close()
    })

    it('by a sequence variable carry its number, and the numbers left out are counted', async () => {
      camera.server.set('Frame', 10)
      const line = reader({ mode: 'triggered', trigger: { nodeId: 'ns=1;s=Frame', rule: 'increase' } })
      await line.heard(1)
      for (const frame of [11, 12, 15]) {
        camera.server.set('Image', Buffer.of(frame))
        camera.server.set('Frame', frame)
        await line.until(({ images }) => images.at(-1)?.sequence === frame)
      }
      assert.deepEqual(
        line.images.map(({ bytes, sequence }) => [bytes[0], sequence]),
        [
          [11, 11],
          [12, 12],
          [15, 15],
        ],
      )
      assert.deepEqual(line.counts(), { images: 3, errors: 0, skipped: 0, missed: 2 })
      await line.source.close()
    })

    it('by the rising edge of a Boolean', async () => {
      camera.server.set('Taken', false)
      const line = reader({ mode: 'triggered', trigger: { nodeId: 'ns=1;s=Taken', rule: 'rising' } })
      await line.heard(1)
      for (const n of [1, 2]) {
        camera.server.set('Taken', true)
        await line.until(({ images }) => images.length === n)
        camera.server.set('Taken', false)
        await line.heard(1 + 2 * n)
      }
      assert.deepEqual(
        line.images.map(({ sequence }) => sequence),
        [true, true],
      )
      await line.source.close()
    })

    it('faster than they can be read: the newest is read, the others are counted', async () => {
      camera.server.set('Image', megabytes(5))
      camera.server.set('Frame', 100)
      const line = reader({ mode: 'triggered', trigger: { nodeId: 'ns=1;s=Frame', rule: 'change' } })
      await line.heard(1)
      for (let frame = 101; frame <= 140; frame++) {
        camera.server.set('Frame', frame)
        await sleep(15)
      }
      await line.until(({ images }) => images.at(-1)?.sequence === 140)
      const { images, skipped, missed } = line.counts()
      assert.equal(images + skipped + missed, 40)
      assert.ok(skipped > 0 && images > 1, JSON.stringify(line.counts()))
      await line.source.close()
    })
  })
})

describe('images over OPC UA when the server restarts', function () {
  this.timeout(120_000)
  let camera: Camera

  before(async () => {
    camera = await openCamera({ variables: VARIABLES })
    await camera.online()
  })
  after(() => camera?.close())

  const restartWith = async (frame: number) => {
    const start = await camera.stop()
    await start([
      variable('Image', DataType.ByteString, Buffer.of(frame)),
      variable('Frame', DataType.UInt32, frame),
    ])
    await camera.online()
  }

  it('the one taken meanwhile is read, what was missed is counted, and the one known already is not read again', async () => {
    camera.server.set('Image', Buffer.of(4))
    camera.server.set('Frame', 4)
    const line = camera.open({ mode: 'triggered', trigger: { nodeId: 'ns=1;s=Frame', rule: 'change' } })
    await line.heard(1)
    camera.server.set('Image', Buffer.of(5))
    camera.server.set('Frame', 5)
    await line.until(({ images }) => images.length === 1)

    await restartWith(5)
    await line.heard(3)
    assert.deepEqual(
      line.images.map(({ sequence }) => sequence),
      [5],
    )

    await restartWith(9)
    await line.until(({ images }) => images.length === 2)
    assert.deepEqual(
      line.images.map(({ bytes, sequence }) => [bytes[0], sequence]),
      [
        [5, 5],
        [9, 9],
      ],
    )
    assert.equal(line.counts().missed, 3)
    assert.deepEqual(line.errors, [])
    assert.equal(camera.connection.status().reconnects, 2)
  })
})
