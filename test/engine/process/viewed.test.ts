import assert from 'node:assert/strict'
import { DEFAULT_LIMITS } from '../../../engine/image/index.ts'
import type { LoadedModel } from '../../../engine/process/load.ts'
import type { BatchImage } from '../../../engine/process/types.ts'
import { inspectViewed } from '../../../engine/process/viewed.ts'
import type { FromProcess } from '../../../engine/protocol.ts'
import type { View } from '../../../engine/types.ts'
import { maskImages } from '../../../engine/view/index.ts'
import { readView } from '../../../engine/view/read.ts'
import { codedError, isCodedError } from '../../../errors/index.ts'
import type { InspectedView } from '../../../inspection/types.ts'
import { EXACT } from '../../support/engine/self-test.ts'

const SIDE = 8

/** Score and every value of the map are the red of the upper left pixel, of 255. */
const firstRed = (pixels: Uint8Array) => ({
  score: pixels[0]! / 255,
  map: new Float32Array(SIDE * SIDE).fill(pixels[0]! / 255),
})

/** A model that notes what it is given. */
const fakeModel = (predict = firstRed) => {
  const batches: (readonly Uint8Array[])[] = []
  const model: LoadedModel = {
    facts: { name: 'fake', method: 'none', version: '1', imageSize: SIDE },
    backend: {
      device: 'fake',
      run: async (images) => {
        batches.push(images)
        return images.map(predict)
      },
      close: async () => {},
    },
    report: () => ({ selfTest: EXACT, passedOver: [] }),
    textOf: () => ({ className: null, text: null }),
  }
  return { model, batches }
}

/** Red grows by one a column of tiles of 8 pixels, by ten a row of them. */
const chequered = (columns: number, rows: number): BatchImage['image'] => {
  const [width, height] = [columns * 8, rows * 8]
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[(y * width + x) * 3] = Math.floor(x / 8) + 10 * Math.floor(y / 8)
  return { kind: 'raw', data, width, height, channels: 3 }
}

const inspect = async (
  image: BatchImage['image'],
  given: object,
  { model, maxBatch = 4 }: { model: LoadedModel; maxBatch?: number },
) => {
  const messages: FromProcess[] = []
  let map: Float32Array = new Float32Array()
  const view = readView(given) as View
  await inspectViewed(
    { id: 7, image, className: null, view },
    model,
    { limits: DEFAULT_LIMITS, maxBatch, openMask: maskImages(DEFAULT_LIMITS) },
    (message, payload) => {
      messages.push(message)
      if (payload) map = new Float32Array(payload.buffer, payload.byteOffset, payload.byteLength / 4)
    },
  )
  const result = messages.at(-1)
  assert.ok(result?.type === 'result')
  return { messages, result, map, view: result.view as InspectedView }
}

const GRID = { columns: 5, rows: 3, overlap: 0 }

describe('an image of many tiles', () => {
  it('is inspected row by row, with no more tiles in one inference than a batch has', async () => {
    const { model, batches } = fakeModel()
    const { view } = await inspect(chequered(5, 3), { tiles: GRID }, { model, maxBatch: 4 })
    assert.deepEqual(
      batches.map(({ length }) => length),
      [4, 4, 4, 3],
    )
    assert.deepEqual([view.columns, view.rows, view.share, view.rotation, view.rule], [5, 3, 1, 0, 'max'])
    assert.deepEqual(
      view.tiles.map(({ score }) => Math.round(score * 255)),
      [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24],
    )
    assert.deepEqual(view.tiles[6]!.bbox, [8, 8, 8, 8])
  })

  it('is cut tile by tile when an inference comes, so that many tiles need no more memory than a few', async () => {
    const image = chequered(5, 3)
    const { model } = fakeModel((pixels) => {
      image.data.fill(200)
      return firstRed(pixels)
    })
    const { view } = await inspect(image, { tiles: GRID }, { model, maxBatch: 2 })
    assert.deepEqual(
      view.tiles.map(({ score }) => Math.round(score * 255)),
      [0, 1, ...new Array<number>(13).fill(200)],
    )
  })

  it('says after every inference that it goes on, and answers once, at the end', async () => {
    const { messages } = await inspect(chequered(5, 3), { tiles: GRID }, { ...fakeModel(), maxBatch: 4 })
    assert.deepEqual(
      messages.map(({ type }) => type),
      ['progress', 'progress', 'progress', 'progress', 'result'],
    )
  })

  it('is tried tile by tile where the device refuses a batch, and fails with the tile that fails alone', async () => {
    const { model, batches } = fakeModel()
    const run = model.backend.run
    model.backend.run = async (images, text) => {
      if (images.length > 1) throw new Error('out of memory')
      if (images[0]![0] === 24) throw codedError('ENGINE_INFERENCE', 'this one')
      return run(images, text)
    }
    const { view } = await inspect(chequered(4, 2), { tiles: { ...GRID, columns: 4, rows: 2 } }, { model })
    assert.equal(view.tiles.length, 8)
    assert.ok(batches.every(({ length }) => length === 1))
    await assert.rejects(inspect(chequered(5, 3), { tiles: GRID }, { model }), (thrown) =>
      isCodedError(thrown, 'ENGINE_INFERENCE'),
    )
  })

  it('scores by the rule that it asks for', async () => {
    for (const [score, expected] of [
      ['max', 24],
      ['mean', 12],
      ['top-3', 23],
    ] as const) {
      const { result, view } = await inspect(chequered(5, 3), { tiles: GRID, score }, fakeModel())
      assert.ok(Math.abs(result.score! * 255 - expected) < 1e-6, score)
      assert.equal(view.rule, score)
    }
  })

  it('has no score where a tile has none', async () => {
    const { model } = fakeModel((pixels) => ({
      ...firstRed(pixels),
      score: pixels[0] === 11 ? Number.NaN : 0.5,
    }))
    assert.equal((await inspect(chequered(5, 3), { tiles: GRID }, { model })).result.score, null)
  })
})

describe('a region of an image', () => {
  it('is what the model gets, and the map lies where the region does', async () => {
    const { model, batches } = fakeModel()
    const { view, map, result } = await inspect(chequered(4, 2), { region: [8, 8, 16, 8] }, { model })
    assert.equal(batches.flat().length, 1)
    assert.deepEqual(view.tiles, [{ bbox: [8, 8, 16, 8], score: 11 / 255 }])
    assert.equal(view.share, 0.25)
    const { width, height } = result.map
    assert.deepEqual([width, height], [16, 16])
    const at = (x: number, y: number) => Math.round(map[y * width + x]! * 255)
    assert.deepEqual([at(3, 15), at(4, 8), at(11, 15), at(12, 12), at(6, 7)], [0, 11, 11, 0, 0])
  })

  it('leaves tiles out that lie outside of it', async () => {
    const { model, batches } = fakeModel()
    const region = [
      [0, 0, 8, 8],
      [32, 16, 8, 8],
    ]
    const { view, result } = await inspect(chequered(5, 3), { region, tiles: GRID }, { model })
    assert.equal(batches.flat().length, 2)
    assert.deepEqual(
      view.tiles.map(({ bbox }) => bbox),
      [
        [0, 0, 8, 8],
        [32, 16, 8, 8],
      ],
    )
    assert.ok(Math.abs(result.score! * 255 - 24) < 1e-6)
  })

  it('is refused where nothing of it is in the image, or nothing of it is left', async () => {
    for (const view of [
      { region: [1000, 0, 10, 10] },
      { region: [0, 0, 8, 8], ignore: [0, 0, 8, 8] },
      { ignore: ['0%', '0%', '100%', '100%'] },
    ])
      await assert.rejects(inspect(chequered(2, 2), view, fakeModel()), { code: 'IMAGE_VIEW' })
  })
})

describe('what is ignored', () => {
  it('has no say in what the model gets, whatever is there', async () => {
    const view = { ignore: [2, 2, 5, 3], tiles: { columns: 2, rows: 1, overlap: '50%' } }
    const seen = async (colour: number) => {
      const image = chequered(2, 2)
      const { model, batches } = fakeModel()
      for (let y = 2; y < 5; y++)
        for (let x = 2; x < 7; x++) image.data.fill(colour, (y * 16 + x) * 3, (y * 16 + x) * 3 + 3)
      const { map, result } = await inspect(image, view, { model })
      return { tiles: batches.flat(), map, score: result.score }
    }
    assert.deepEqual(await seen(0), await seen(255))
  })

  it('is the mean colour of the rest of the tile to the model', async () => {
    const { model, batches } = fakeModel()
    const data = new Uint8Array(8 * 8 * 3).fill(100)
    data.fill(0, 0, 3)
    await inspect(
      { kind: 'raw', data, width: 8, height: 8, channels: 3 },
      { ignore: [0, 0, 1, 1] },
      { model },
    )
    assert.deepEqual(batches[0]![0], new Uint8Array(8 * 8 * 3).fill(100))
  })
})

describe('a turned image', () => {
  it('goes to the model turned clockwise, and its map and tiles come back as the image is', async () => {
    // Only what the model gets in its upper left corner is hot.
    const { model } = fakeModel((pixels) => {
      const map = new Float32Array(SIDE * SIDE)
      map[0] = 1
      return { score: pixels[0]! / 255, map }
    })
    const corners = { 90: [0, 7], 180: [7, 7], 270: [7, 0] } as const
    for (const [rotation, [x, y]] of Object.entries(corners)) {
      const { map, result, view } = await inspect(chequered(1, 1), { rotation: Number(rotation) }, { model })
      assert.deepEqual([result.map.width, result.map.height], [8, 8])
      assert.equal(map[y * 8 + x], 1, rotation)
      assert.deepEqual(view.tiles[0]!.bbox, [0, 0, 8, 8])
    }
  })
})

describe('the key of a view', () => {
  const keyOf = async (view: object) => (await inspect(chequered(2, 2), view, fakeModel())).view.key

  it('is the same for the same view however it is written, and another for another one', async () => {
    const key = await keyOf({ region: '0, 0, 8, 100%', tiles: { size: 16 } })
    assert.match(key, /^[0-9a-f]{8}$/)
    assert.equal(await keyOf({ tiles: { overlap: '10 %', size: 16 }, region: [[0, 0, 8, '100%']] }), key)
    for (const other of [
      { rotation: 90 },
      { region: '0,0,8,100%' },
      { region: '0,0,8,100%', tiles: { size: 17 } },
    ])
      assert.notEqual(await keyOf(other), key)
  })
})
