import assert from 'node:assert/strict'
import { checkServed, type ExpectedModel } from '../../../../engine/backends/kserve/metadata.ts'

const model: ExpectedModel = { name: 'm', version: 'abc', imageSize: 8, text: null }
const withText: ExpectedModel = {
  ...model,
  text: { file: 'text.safetensors', dimension: 4, defaultClass: 'a', classNames: ['a'], prompts: null },
}
const image = { name: 'image', datatype: 'UINT8', shape: [-1, 8, 8, 3] }
const text = { name: 'text', datatype: 'FP32', shape: [2, 4] }
const score = { name: 'score', datatype: 'FP32', shape: [-1] }
const map = { name: 'map', datatype: 'FP32', shape: [-1, 8, 8] }
const grid = { name: 'grid', datatype: 'FP32', shape: [-1, 1, 2, 2] }
const metadata = { name: 'm', inputs: [image], outputs: [score, map, grid] }

describe("the server's word on its model", () => {
  it('is taken where it is as the folder says, with further outputs and in the ways servers write shapes', () => {
    assert.deepEqual(checkServed(metadata, null, model), { maxImages: null })
    const batching = { inputs: [image], outputs: [{ ...score, shape: [-1, 1] }, map] }
    assert.deepEqual(checkServed(batching, { max_batch_size: 8 }, model), { maxImages: 8 })
    const anySize = {
      inputs: [{ ...image, shape: [-1, -1, -1, 3] }],
      outputs: [score, { ...map, shape: [-1, -1, -1] }],
    }
    assert.deepEqual(checkServed(anySize, { max_batch_size: 0 }, model), { maxImages: null })
    assert.deepEqual(checkServed({ ...metadata, inputs: [image, text] }, null, withText), { maxImages: null })
  })

  it('with a fixed first dimension of 1 has images sent one by one', () => {
    const one = { ...metadata, inputs: [{ ...image, shape: [1, 8, 8, 3] }] }
    assert.deepEqual(checkServed(one, null, model), { maxImages: 1 })
  })

  const wrong: [string, object, RegExp, ExpectedModel?][] = [
    [
      'another image size',
      { ...metadata, inputs: [{ ...image, shape: [-1, 9, 9, 3] }] },
      /\[-1, 9, 9, 3\].*\[-1, 8, 8, 3\]/,
    ],
    ['images as float32', { ...metadata, inputs: [{ ...image, datatype: 'FP32' }] }, /FP32.*UINT8/],
    [
      'another name of the input',
      { ...metadata, inputs: [{ ...image, name: 'x' }] },
      /no input "image".*"x"/,
    ],
    ['no map', { ...metadata, outputs: [score] }, /no output "map".*"score"/],
    ['an input more', { ...metadata, inputs: [image, text] }, /"text"/],
    ['no text where the model takes class names', metadata, /no input "text"/, withText],
    ['batches of just four', { ...metadata, inputs: [{ ...image, shape: [4, 8, 8, 3] }] }, /exactly 4/],
    ['neither inputs nor outputs', {}, /its inputs are none/],
    ['lists of something else', { inputs: ['image'], outputs: 7 }, /its inputs are none/],
  ]
  for (const [what, found, says, expected = model] of wrong)
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => checkServed({ ...found }, null, expected),
        (error: Error & { code: string }) => error.code === 'ENGINE_SERVER_MODEL' && says.test(error.message),
      )
    })

  it('is refused where the model was exported from another version than the one on this box', () => {
    const config = (version: string) => ({ parameters: { anomalyclip_version: { string_value: version } } })
    checkServed(metadata, config('abc'), model)
    assert.throws(() => checkServed(metadata, config('xyz'), model), {
      code: 'ENGINE_SERVER_MODEL',
      message: /version xyz.*version abc/,
    })
  })
})
