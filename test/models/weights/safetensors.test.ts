import assert from 'node:assert/strict'
import { truncateSync } from 'node:fs'
import { openWeights } from '../../../models/weights/index.ts'
import { goldenFolder } from '../../support/golden.ts'
import { floats, readEverything, safetensors, scratchFolder } from './craft.ts'

const one = { dtype: 'F32', shape: [1], data_offsets: [0, 4] }

describe('safetensors', () => {
  const write = scratchFolder()

  it('give their tensors in the order of the header, without the metadata', async () => {
    const header = { __metadata__: { format: 'pt' }, b: { ...one, data_offsets: [4, 8] }, a: one }
    const weights = await openWeights(write('order.bin', safetensors(header, floats(1, 2))))
    assert.equal(weights.format, 'safetensors')
    assert.deepEqual(weights.names(), ['b', 'a'])
    assert.ok(weights.has('a') && !weights.has('__metadata__'))
    assert.deepEqual(weights.info('b'), { type: 'F32', shape: [1] })
    assert.deepEqual([...(await weights.read('b'))], [2])
    await weights.close()
  })

  it('may hold scalars and empty tensors', async () => {
    const header = {
      scalar: { ...one, shape: [] },
      empty: { dtype: 'F16', shape: [0, 3], data_offsets: [4, 4] },
    }
    assert.deepEqual(await readEverything(write('small.bin', safetensors(header, floats(5)))), {
      scalar: [5],
      empty: [],
    })
  })

  it('are read across many chunks without a seam', async () => {
    const values = Uint16Array.from({ length: 5_000_001 }, (_, i) => (i % 7) + 0x3c00)
    const header = { long: { dtype: 'F16', shape: [values.length], data_offsets: [0, 2 * values.length] } }
    const weights = await openWeights(write('long.bin', safetensors(header, new Uint8Array(values.buffer))))
    const read = await weights.read('long')
    await weights.close()
    const wrong = read.findIndex((value, i) => value !== 1 + (i % 7) / 1024)
    assert.equal(wrong, -1)
  })

  it('refuse a tensor of more values than any CLIP has, before any memory is taken for it', async () => {
    const values = 2 ** 28 + 1
    const head = safetensors({ a: { dtype: 'U8', shape: [values], data_offsets: [0, values] } })
    const file = write('huge.bin', head)
    // A hole: the file has that length but takes no room.
    truncateSync(file, head.length + values)
    await assert.rejects(readEverything(file), { code: 'WEIGHTS_LIMIT', message: /tensor a/ })
  })

  it('name near tensors where one is missing', async () => {
    const weights = await openWeights(`${goldenFolder('tiny-b')}/clip.safetensors`)
    await weights.close()
    assert.throws(() => weights.info('visual.prj'), {
      code: 'WEIGHTS_TENSOR_MISSING',
      message: /clip\.safetensors has no tensor visual\.prj .*visual\.proj/,
    })
    await assert.rejects(weights.read('visual.prj'), { code: 'WEIGHTS_TENSOR_MISSING' })
  })

  it('cannot be read any more once closed', async () => {
    const weights = await openWeights(write('closed.bin', safetensors({ a: one }, floats(1))))
    await weights.close()
    await assert.rejects(weights.read('a'), { code: 'WEIGHTS_FILE_MISSING' })
  })

  const refused: Record<string, readonly [code: string, message: RegExp, content: Buffer]> = {
    'a header longer than the file': ['WEIGHTS_DAMAGED', /header of 123 bytes/, longHeader(123)],
    'a header beyond the limit, before any of it is read': ['WEIGHTS_LIMIT', /at most/, longHeader(2 ** 40)],
    'a header that is not JSON': ['WEIGHTS_DAMAGED', /not JSON/, safetensors('{"a":')],
    'a header that is not UTF-8': ['WEIGHTS_DAMAGED', /not JSON/, damagedText()],
    'a name given twice': [
      'WEIGHTS_DAMAGED',
      /"a" twice/,
      safetensors(`{"a":${JSON.stringify(one)},"\\u0061":${JSON.stringify(one)}}`, floats(1)),
    ],
    'a field given twice': [
      'WEIGHTS_DAMAGED',
      /"shape" twice/,
      safetensors('{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', floats(1)),
    ],
    'an unknown data type': [
      'WEIGHTS_TENSOR_TYPE',
      /a of .* is of type F8_E4M3/,
      safetensors({ a: { dtype: 'F8_E4M3', shape: [4], data_offsets: [0, 4] } }, floats(1)),
    ],
    'a tensor that is not described by an object': ['WEIGHTS_DAMAGED', /tensor a/, safetensors({ a: 3 })],
    'a shape that is no list of sizes': [
      'WEIGHTS_DAMAGED',
      /tensor a/,
      safetensors({ a: { ...one, shape: [-1] } }, floats(1)),
    ],
    'a shape beyond counting': [
      'WEIGHTS_DAMAGED',
      /tensor a/,
      safetensors({ a: { ...one, shape: [2 ** 40, 2 ** 40] } }, floats(1)),
    ],
    'fewer bytes than the shape needs': [
      'WEIGHTS_DAMAGED',
      /4 bytes; expected 8/,
      safetensors({ a: { ...one, shape: [2] } }, floats(1)),
    ],
    'two tensors in the same bytes': [
      'WEIGHTS_DAMAGED',
      /overlaps/,
      safetensors({ a: one, b: one }, floats(1)),
    ],
    'a gap between tensors': [
      'WEIGHTS_DAMAGED',
      /gap before b/,
      safetensors({ a: one, b: { ...one, data_offsets: [8, 12] } }, floats(1, 2, 3)),
    ],
    'bytes behind the last tensor': [
      'WEIGHTS_DAMAGED',
      /8 bytes of data/,
      safetensors({ a: one }, floats(1, 2)),
    ],
    'data cut off': ['WEIGHTS_DAMAGED', /0 bytes of data/, safetensors({ a: one })],
  }
  for (const [what, [code, message, content]] of Object.entries(refused))
    it(`are refused with ${what}`, async () => {
      await assert.rejects(openWeights(write('refused.bin', content)), { code, message })
    })
})

function longHeader(length: number): Buffer {
  const content = safetensors('{}')
  content.writeBigUInt64LE(BigInt(length))
  return content
}

function damagedText(): Buffer {
  const content = safetensors('{"abc":1}')
  content[10] = 0xff
  return content
}
