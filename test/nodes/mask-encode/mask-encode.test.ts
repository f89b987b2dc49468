import assert from 'node:assert/strict'
import sharp from 'sharp'
import { isCodedError } from '../../../errors/index.ts'
import register from '../../../nodes/mask-encode/mask-encode.ts'
import type { Message } from '../../../nodes/wiring/index.ts'
import { closeNode, deliver, fakeRuntime } from '../fakes.ts'

/** Left half 0.4, right half 0.8. */
const anomaly = {
  map: { width: 2, height: 1, data: Float32Array.of(0.4, 0.8) },
  image: { width: 8, height: 4 },
}
const withVerdict = (pixelThreshold: number | null) => ({ ...anomaly, verdict: { pixelThreshold } })

const photo = () =>
  sharp({ create: { width: 8, height: 4, channels: 3, background: 'grey' } })
    .png()
    .toBuffer()

/** Uncompressed, 24 bits a pixel, all of level 200; the width a multiple of four, so that rows need no padding. */
const bmpOf = (width: number, height: number): Buffer => {
  const file = Buffer.alloc(54 + width * height * 3, 200)
  file.fill(0, 0, 54)
  file.write('BM')
  file.writeUInt32LE(54, 10)
  file.writeUInt32LE(40, 14)
  file.writeInt32LE(width, 18)
  file.writeInt32LE(height, 22)
  file.writeUInt16LE(24, 28)
  return file
}

interface Masked extends Message {
  mask: { encoding: string; data: Buffer; width: number; height: number; regions: { share: number }[] }
}

describe('mask-encode', () => {
  const { RED, make } = fakeRuntime()
  register(RED)
  const nodes: ReturnType<typeof make>[] = []
  const nodeWith = (config: Record<string, unknown>) => {
    const node = make('mask-encode', { version: 1, ...config })
    nodes.push(node)
    return node
  }
  after(() => Promise.all(nodes.map((node) => closeNode(node))))

  const maskOf = async (config: Record<string, unknown>, msg: Record<string, unknown>): Promise<Masked> => {
    const { sent, error } = await deliver(nodeWith(config), msg as Message)
    assert.equal(error, undefined)
    assert.equal(sent.length, 1)
    return sent[0] as Masked
  }

  it('adds the mask and leaves the rest of the message as it is', async () => {
    const msg = { _msgid: 'm', topic: 't', parts: { id: 1 }, payload: 'x', anomaly: withVerdict(0.5) }
    const sent = await maskOf({ encoding: 'rle' }, msg)
    assert.equal(sent, msg)
    const { mask, ...rest } = sent
    assert.deepEqual(rest, {
      _msgid: 'm',
      topic: 't',
      parts: { id: 1 },
      payload: 'x',
      anomaly: withVerdict(0.5),
    })
    assert.deepEqual([mask.encoding, mask.width, mask.height, mask.regions.length], ['rle', 8, 4, 1])
  })

  it('takes the pixel threshold of the verdict before its own', async () => {
    const { mask } = await maskOf({ encoding: 'boxes', pixel: '0.9' }, { anomaly: withVerdict(0.3) })
    assert.equal(mask.regions[0]!.share, 1)
  })

  it('takes its own pixel threshold where the verdict has none', async () => {
    const { mask } = await maskOf({ encoding: 'boxes', pixel: '0.5' }, { anomaly: withVerdict(null) })
    assert.equal(mask.regions[0]!.share, 0.5)
  })

  it('leaves out regions below its minimum area', async () => {
    const { mask } = await maskOf({ encoding: 'boxes', pixel: '0.5', minArea: '60' }, { anomaly })
    assert.deepEqual(mask.regions, [])
  })

  it('takes the minimum area of the verdict before its own', async () => {
    const regionsWith = async (minArea: number | null, own: string) => {
      const verdict = { pixelThreshold: 0.5, minArea }
      const { mask } = await maskOf({ encoding: 'boxes', minArea: own }, { anomaly: { ...anomaly, verdict } })
      return mask.regions.length
    }
    assert.equal(await regionsWith(60, '0'), 0)
    assert.equal(await regionsWith(0, '60'), 1)
    assert.equal(await regionsWith(null, '60'), 0)
  })

  it('passes an undecided image whose map cannot be used on without a mask, and says so', async () => {
    const map = { ...anomaly.map, data: Float32Array.of(0.4, Number.NaN) }
    const node = nodeWith({ encoding: 'overlay' })
    const undecided = { ...anomaly, map, verdict: { level: 'undecided', pixelThreshold: null } }
    const msg = { _msgid: 'm', anomaly: undecided, mask: 'of another image' }
    const { sent, error } = await deliver(node, msg as unknown as Message)
    assert.equal(error, undefined)
    assert.deepEqual(sent, [{ _msgid: 'm', anomaly: undecided }])
    assert.equal(sent[0], msg)
    assert.deepEqual(node.statuses, [{ fill: 'grey', shape: 'ring', text: 'undecided, no mask' }])
    const judged = { anomaly: { ...undecided, verdict: { level: 'ok', pixelThreshold: 0.5 } } }
    assert.ok(isCodedError((await deliver(node, judged as unknown as Message)).error, 'MAP_INVALID'))
  })

  it('passes an undecided image on without a mask while there is no pixel threshold yet', async () => {
    const sentWith = async (encoding: string, level: string) => {
      const msg = { anomaly: { ...anomaly, verdict: { level, pixelThreshold: null } } } as unknown as Message
      return deliver(nodeWith({ encoding }), msg)
    }
    const { sent, error } = await sentWith('boxes', 'undecided')
    assert.equal(error, undefined)
    assert.ok(!('mask' in (sent[0] as Message)))
    assert.ok('mask' in ((await sentWith('png16', 'undecided')).sent[0] as Message))
    assert.ok(isCodedError((await sentWith('boxes', 'ok')).error, 'MASK_OPTIONS'))
  })

  it('makes a PNG mask of the size of the image by default', async () => {
    const { mask } = await maskOf({ pixel: 0.5 }, { anomaly })
    const { format, width, height } = await sharp(mask.data).metadata()
    assert.deepEqual({ format, width, height }, { format: 'png', width: 8, height: 4 })
  })

  it('lays the map over the image in the payload', async () => {
    const { mask } = await maskOf({ encoding: 'overlay', pixel: '0.5' }, { anomaly, payload: await photo() })
    assert.equal((await sharp(mask.data).metadata()).format, 'jpeg')
  })

  it('lays the map over the image in another property', async () => {
    const config = { encoding: 'overlay', image: 'original.jpeg', imageType: 'msg' }
    const { mask } = await maskOf(config, { anomaly, payload: 1, original: { jpeg: await photo() } })
    assert.equal(mask.encoding, 'overlay')
  })

  it('lays the map over a BMP, which libvips does not read', async () => {
    const { mask } = await maskOf(
      { encoding: 'overlay', opacity: '0', pixel: '' },
      { anomaly, payload: bmpOf(8, 4) },
    )
    const { data, info } = await sharp(mask.data).raw().toBuffer({ resolveWithObject: true })
    assert.deepEqual([info.width, info.height], [8, 4])
    assert.ok(data.every((level) => Math.abs(level - 200) < 4))
  })

  it('shows encoding and number of regions as its status', async () => {
    const node = nodeWith({ encoding: 'polygons', pixel: '0.5' })
    await deliver(node, { anomaly } as unknown as Message)
    assert.deepEqual(node.statuses, [{ fill: 'green', shape: 'dot', text: 'polygons 1' }])
  })

  for (const [kind, config, msg, code] of [
    ['no anomaly', {}, { payload: 'x' }, 'MASK_NO_ANOMALY'],
    [
      'a map with a value that is not a number',
      { pixel: '0.5' },
      { anomaly: { ...anomaly, map: { width: 1, height: 1, data: Float32Array.of(Number.NaN) } } },
      'MAP_INVALID',
    ],
    ['no pixel threshold anywhere', { pixel: '' }, { anomaly }, 'MASK_OPTIONS'],
    ['an overlay without an image', { encoding: 'overlay' }, { anomaly }, 'IMAGE_EMPTY'],
    ['an overlay over text', { encoding: 'overlay' }, { anomaly, payload: 'hello' }, 'IMAGE_TEXT'],
    ['an unknown encoding', { encoding: 'gif' }, { anomaly }, 'NODE_CONFIG'],
    ['an unknown colour map', { encoding: 'overlay', colourMap: 'jet' }, { anomaly }, 'NODE_CONFIG'],
    ['a pixel threshold out of range', { pixel: '1.5' }, { anomaly }, 'NODE_CONFIG'],
    ['a minimum area out of range', { minArea: '101' }, { anomaly }, 'NODE_CONFIG'],
    ['an opacity out of range', { opacity: '2' }, { anomaly }, 'NODE_CONFIG'],
    ['a quality out of range', { quality: '0' }, { anomaly }, 'NODE_CONFIG'],
    ['a later version of its configuration', { version: 2 }, { anomaly }, 'NODE_CONFIG'],
  ] as const)
    it(`with ${kind} ends in an error with the code ${code}, and nothing is sent`, async () => {
      const { sent, error } = await deliver(nodeWith(config), msg as unknown as Message)
      assert.deepEqual(sent, [])
      assert.ok(isCodedError(error, code), String(error))
    })

  it('refuses an overlay over an image of another size', async () => {
    const errorOver = async (payload: Buffer) => {
      const msg = { anomaly, payload } as unknown as Message
      return (await deliver(nodeWith({ encoding: 'overlay' }), msg)).error
    }
    const small = sharp({ create: { width: 4, height: 4, channels: 3, background: 'grey' } })
    assert.ok(isCodedError(await errorOver(await small.png().toBuffer()), 'MASK_IMAGE_SIZE'))
    assert.ok(isCodedError(await errorOver(bmpOf(4, 4)), 'MASK_IMAGE_SIZE'))
  })

  it('does not decode a BMP of more pixels than were inspected', async () => {
    const msg = { anomaly, payload: bmpOf(16, 8) } as unknown as Message
    const { error } = await deliver(nodeWith({ encoding: 'overlay' }), msg)
    assert.ok(isCodedError(error, 'IMAGE_TOO_LARGE'))
  })

  it('sends masks in the order of their images, also when a small one overtakes a large one', async () => {
    const node = nodeWith({ encoding: 'overlay' })
    const inspected = async (side: number) => ({
      payload: await sharp({ create: { width: side, height: side, channels: 3, background: 'grey' } })
        .png()
        .toBuffer(),
      anomaly: { ...anomaly, image: { width: side, height: side } },
    })
    const images = [await inspected(2000), await inspected(8)]
    const order: number[] = []
    await Promise.all(
      images.map(async (msg) => {
        const { sent } = await deliver(node, msg as Message)
        order.push((sent[0] as Masked).mask.width)
      }),
    )
    assert.deepEqual(order, [2000, 8])
  })
})
