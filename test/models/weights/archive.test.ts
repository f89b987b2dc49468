import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { isCodedError } from '../../../errors/index.ts'
import { openWeights } from '../../../models/weights/index.ts'
import {
  dict,
  fixture,
  floats,
  pickle,
  readEverything,
  safetensors,
  scratchFolder,
  tensor,
  torchArchive,
  type ZipEntry,
  zip,
} from './craft.ts'

const PLAIN = pickle(dict(['a', tensor({ shape: [2], strides: [1], size: 2 })]))

/** An archive whose one storage is packed or described in some other way. */
const withStorage = (storage: Omit<ZipEntry, 'path'>, root = 'archive/'): Buffer =>
  zip([
    { path: `${root}data.pkl`, data: PLAIN },
    { ...storage, path: `${root}data/0` },
  ])

describe('the zip archive around torch tensors', () => {
  const write = scratchFolder()

  it('may have been packed again, deflated and without its folder', async () => {
    const file = write('again.pth', withStorage({ data: floats(1, 2), deflate: true }, ''))
    assert.deepEqual(await readEverything(file), { a: [1, 2] })
  })

  it('is opened without reading any tensor, and only the tensor asked for is read', async () => {
    const content = dict(
      ['good', tensor({ shape: [1], strides: [1], size: 1 })],
      ['bad', tensor({ shape: [1], strides: [1], size: 1, key: '1' })],
    )
    const archive = zip([
      { path: 'archive/data.pkl', data: pickle(content) },
      { path: 'archive/data/0', data: floats(1) },
      { path: 'archive/data/1', data: floats(2), claim: { crc32: 1 } },
    ])
    const weights = await openWeights(write('lazy.pth', archive))
    try {
      assert.deepEqual([...(await weights.read('good'))], [1])
      await assert.rejects(weights.read('bad'), { code: 'WEIGHTS_DAMAGED', message: /CRC-32/ })
    } finally {
      await weights.close()
    }
  })

  it('is refused by its byte order where that is not little-endian', async () => {
    const order = (data: string) => torchArchive(PLAIN, [floats(1, 2)], [{ path: 'archive/byteorder', data }])
    assert.deepEqual(await readEverything(write('little.pth', order('little'))), { a: [1, 2] })
    await assert.rejects(openWeights(write('big.pth', order('big'))), {
      code: 'WEIGHTS_TENSOR_TYPE',
      message: /byte order "big"/,
    })
  })

  it('is refused where a pickle fails its checksum, before it is run', async () => {
    const archive = zip([{ path: 'archive/data.pkl', data: PLAIN, claim: { crc32: 1 } }])
    await assert.rejects(openWeights(write('crc.pth', archive)), {
      code: 'WEIGHTS_DAMAGED',
      message: /CRC-32/,
    })
  })

  it('is refused where its pickle is beyond the limit', async () => {
    const archive = zip([{ path: 'archive/data.pkl', data: new Uint8Array(17 * 1024 * 1024) }])
    await assert.rejects(openWeights(write('huge.pth', archive)), { code: 'WEIGHTS_LIMIT' })
  })

  it('is refused where an entry comes twice or cannot be unpacked', async () => {
    const twice = zip([
      { path: 'archive/data.pkl', data: PLAIN },
      { path: 'archive/data.pkl', data: PLAIN },
    ])
    await assert.rejects(openWeights(write('again.pth', twice)), {
      code: 'WEIGHTS_DAMAGED',
      message: /twice/,
    })
    const method = withStorage({ data: floats(1, 2), claim: { method: 12 } })
    await assert.rejects(openWeights(write('method.pth', method)), {
      code: 'WEIGHTS_DAMAGED',
      message: /method 12/,
    })
    const locked = withStorage({ data: floats(1, 2), deflate: true, claim: { flags: 1 } })
    await assert.rejects(openWeights(write('locked.pth', locked)), {
      code: 'WEIGHTS_DAMAGED',
      message: /encrypted/,
    })
  })

  it('is refused where it announces more entries than any archive of weights has', async () => {
    const archive = zip([{ path: 'archive/data.pkl', data: PLAIN }])
    const end = archive.subarray(-22)
    // Zip64's end record and its locator (PKWARE APPNOTE 4.3.14 and 15), which stand before the common one.
    const record = Buffer.alloc(56)
    record.write('PK\x06\x06', 'latin1')
    record.writeBigUInt64LE(2n ** 40n, 32)
    const locator = Buffer.alloc(20)
    locator.write('PK\x06\x07', 'latin1')
    locator.writeBigUInt64LE(BigInt(archive.length - end.length), 8)
    const content = Buffer.concat([archive.subarray(0, -22), record, locator, end])
    await assert.rejects(openWeights(write('entries.pth', content)), {
      code: 'WEIGHTS_LIMIT',
      message: /1099511627776 entries/,
    })
  })

  it('is refused where its directory is said to lie far behind its end', async () => {
    const archive = zip([{ path: 'archive/data.pkl', data: PLAIN }])
    const locator = Buffer.alloc(20)
    locator.write('PK\x06\x07', 'latin1')
    locator.writeBigUInt64LE(2n ** 60n, 8)
    const content = Buffer.concat([archive.subarray(0, -22), locator, archive.subarray(-22)])
    await assert.rejects(openWeights(write('far.pth', content)), {
      code: 'WEIGHTS_DAMAGED',
      message: /ends at byte/,
    })
  })

  const lies: Record<string, readonly [code: string, message: RegExp, storage: Omit<ZipEntry, 'path'>]> = {
    'more than it holds': [
      'WEIGHTS_DAMAGED',
      /inflates to 8/,
      { data: floats(1, 2), deflate: true, claim: { size: 12 } },
    ],
    'less than it holds': [
      'WEIGHTS_DAMAGED',
      /larger than 9 bytes/,
      { data: floats(1, 2, 3), deflate: true, claim: { size: 8 } },
    ],
    'more than deflate can pack': [
      'WEIGHTS_DAMAGED',
      /cannot hold/,
      { data: floats(1, 2), deflate: true, claim: { size: 2 ** 26 } },
    ],
    'more than is ever inflated': [
      'WEIGHTS_LIMIT',
      /at most/,
      { data: floats(1, 2), deflate: true, claim: { size: 2 ** 31 } },
    ],
  }
  for (const [what, [code, message, storage]] of Object.entries(lies))
    it(`gives an error where a deflated entry announces ${what}`, async () => {
      await assert.rejects(readEverything(write('lie.pth', withStorage(storage))), { code, message })
    })

  it('gives a coded error or its true tensors wherever it is cut or a byte is changed', async () => {
    const header = { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }
    const deflated = withStorage({ data: floats(1, 2), deflate: true })
    for (const whole of [
      deflated,
      safetensors(header, floats(1, 2)),
      readFileSync(fixture('views.pth')).subarray(0, 700),
    ])
      for (let at = 0; at < whole.length; at += 3) {
        const changed = Buffer.from(whole)
        changed[at]! ^= 0xff
        for (const damaged of [whole.subarray(0, at), changed])
          await readEverything(write('damaged.bin', damaged)).catch((error: unknown) => {
            if (!isCodedError(error)) throw new Error(`uncoded error at byte ${at}`, { cause: error })
          })
      }
  })
})
