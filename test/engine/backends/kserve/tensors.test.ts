import assert from 'node:assert/strict'
import { inferAnswer, inferRequest } from '../../../../engine/backends/kserve/tensors.ts'
import { readRequest, writeResponse } from '../../../support/kserve/tensors.ts'

const SIDE = 2
const outputs = (isBinary: boolean, scoreShape: readonly number[] = [2]) => [
  { name: 'score', shape: scoreShape, values: Float32Array.of(0.25, 0.5), isBinary },
  {
    name: 'map',
    shape: [2, SIDE, SIDE],
    values: Float32Array.from({ length: 8 }, (_, i) => i / 8),
    isBinary,
  },
]
const facts = { model_name: 'm', model_version: '7' }
const answer = (...given: Parameters<typeof writeResponse>) => inferAnswer(writeResponse(...given), 2, SIDE)

describe('an inference request', () => {
  it('is read by the protocol as the images and the text that it was made of', () => {
    const images = [Uint8Array.from({ length: 12 }, (_, i) => i), new Uint8Array(12).fill(9)]
    const text = Float32Array.of(1, 2, 3, 4, 5, 6)
    const { headers, body } = inferRequest(images, text, SIDE)
    const lower = Object.fromEntries(Object.entries(headers!).map(([name, value]) => [name, String(value)]))
    const { json, inputs } = readRequest(lower, Buffer.concat(body!))
    assert.deepEqual(inputs.get('image')!.dims, [2, 2, 2, 3])
    assert.deepEqual([...(inputs.get('image')!.data as Uint8Array)], [...images[0]!, ...images[1]!])
    assert.deepEqual(inputs.get('text')!.dims, [2, 3])
    assert.deepEqual([...(inputs.get('text')!.data as Float32Array)], [...text])
    assert.deepEqual(
      (json.outputs as { name: string }[]).map(({ name }) => name),
      ['score', 'map'],
    )
  })
})

describe('an inference answer', () => {
  it('is read whether its tensors are binary, JSON, or some of each, in any order', () => {
    const [score, map] = outputs(true)
    const [scoreAsJson] = outputs(false)
    for (const given of [outputs(true), outputs(false), [scoreAsJson!, map!], [map!, score!]]) {
      const { predictions, version } = answer(facts, given)
      assert.deepEqual(
        predictions.map(({ score, map }) => [score, ...map]),
        [
          [0.25, 0, 0.125, 0.25, 0.375],
          [0.5, 0.5, 0.625, 0.75, 0.875],
        ],
      )
      assert.equal(version, '7')
    }
  })

  it('may have the scores as [N, 1], as Triton has them', () => {
    assert.equal(answer(facts, outputs(true, [2, 1])).predictions[1]!.score, 0.5)
  })

  it('may come from a server that knows no versions', () => {
    assert.equal(answer({ model_name: 'm' }, outputs(true)).version, null)
  })

  const [score, map] = outputs(true)
  const wrong: [string, () => unknown][] = [
    ['no map', () => answer(facts, [score!])],
    [
      'fewer scores than images',
      () => answer(facts, [{ ...score!, shape: [1], values: Float32Array.of(1) }, map!]),
    ],
    ['a map of another size', () => answer(facts, [score!, { ...map!, shape: [2, 4, 1] }])],
    [
      'fewer values than its shape says',
      () => answer(facts, [score!, { ...map!, values: new Float32Array(7) }]),
    ],
    ['a page of a proxy', () => inferAnswer({ headers: {}, body: Buffer.from('<html>') }, 2, SIDE)],
    ['a list', () => inferAnswer({ headers: {}, body: Buffer.from('[]') }, 2, SIDE)],
    ['no outputs', () => inferAnswer({ headers: {}, body: Buffer.from('{}') }, 2, SIDE)],
    [
      'a length of its JSON beyond its end',
      () =>
        inferAnswer(
          { headers: { 'inference-header-content-length': '99' }, body: Buffer.from('{}') },
          2,
          SIDE,
        ),
    ],
    [
      'another datatype',
      () =>
        inferAnswer(
          {
            headers: {},
            body: Buffer.from(
              JSON.stringify({ outputs: [{ name: 'score', datatype: 'FP16', shape: [2], data: [] }] }),
            ),
          },
          2,
          SIDE,
        ),
    ],
    [
      'a binary tensor that is cut off',
      () => {
        const { headers, body } = writeResponse(facts, outputs(true))
        return inferAnswer({ headers, body: body.subarray(0, body.length - 1) }, 2, SIDE)
      },
    ],
  ]
  for (const [what, read] of wrong)
    it(`with ${what} is refused`, () => {
      assert.throws(read, { code: 'ENGINE_SERVER_REPLY' })
    })

  it('with something else than a number has none there, which the self-test sees', () => {
    const body = Buffer.from(
      JSON.stringify({
        outputs: [
          { name: 'score', datatype: 'FP32', shape: [1], data: ['NaN'] },
          {
            name: 'map',
            datatype: 'FP32',
            shape: [1, 2, 2],
            data: [
              [
                [0, null],
                [0, 0],
              ],
            ],
          },
        ],
      }),
    )
    const { predictions } = inferAnswer({ headers: {}, body }, 1, SIDE)
    assert.ok(Number.isNaN(predictions[0]!.score) && Number.isNaN(predictions[0]!.map[1]))
  })
})
