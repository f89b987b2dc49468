import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openWeights, type TorchTensor, type TorchValue, writeTorch } from '../../../models/weights/index.ts'
import { goldenFolder } from '../../support/golden.ts'
import { needPyTorch, python } from '../../support/pytorch.ts'
import { readEverything, readZip, scratchFolder } from './craft.ts'

const float32 = (shape: readonly number[], ...values: number[]): TorchTensor => ({
  type: 'float32',
  shape,
  data: Float32Array.from(values),
})

const PROMPTS = join(goldenFolder('tiny-a'), 'prompts.pth')
const CONTEXT = join(goldenFolder('coop/on-tiny-a'), 'context.pth')

/** Every tensor of a published file, by the last part of its name. */
const tensorsOf = async (file: string, prefix: string): Promise<[string, TorchTensor][]> => {
  const weights = await openWeights(file)
  const tensors: [string, TorchTensor][] = []
  for (const name of weights.names()) {
    const { type, shape } = weights.info(name)
    const data = await weights.read(name)
    tensors.push([
      name.slice(prefix.length),
      type === 'I32'
        ? { type: 'int32', shape, data: Int32Array.from(data) }
        : { type: 'float32', shape, data },
    ])
  }
  await weights.close()
  return tensors
}

/** The published files, as one writes them again. */
const PUBLISHED: Record<string, readonly [file: string, content: () => Promise<TorchValue>]> = {
  "AnomalyCLIP's prompts": [
    PROMPTS,
    async () => ({ prompt_learner: new Map(await tensorsOf(PROMPTS, 'prompt_learner.')) }),
  ],
  "CoOp's context": [
    CONTEXT,
    async () => ({ state_dict: Object.fromEntries(await tensorsOf(CONTEXT, '')), epoch: 50 }),
  ],
}

/** One of everything; floats apart, which PyTorch before 2.0 does not take with `weights_only`. */
const EVERYTHING = {
  ordered: new Map<string, TorchValue>([
    ['b', float32([2, 3], 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)],
    ['10', { type: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }],
    ['9', { type: 'int64', shape: [1, 2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) }],
    // A part of a larger array, as typed arrays can be.
    ['part', { type: 'float32', shape: [2], data: Float32Array.of(9, 5, 6, 9).subarray(1, 3) }],
  ]),
  empty: float32([0, 3]),
  scalar: float32([], 0.1),
  nothing: null,
  yes: true,
  no: false,
  text: 'Kratzer größer 1 µm 🔍',
  zero: 0,
  limits: { a: 2 ** 31 - 1, b: -(2 ** 31), c: 2 ** 31, d: -(2 ** 53) + 1 },
  none: {},
  noneOrdered: new Map<string, TorchValue>(),
}

describe('a torch archive that is written', () => {
  const path = scratchFolder()

  for (const [what, [published, content]] of Object.entries(PUBLISHED))
    it(`holds ${what} as the published file does, name for name`, async () => {
      const file = path('again.pth')
      await writeTorch(file, await content())
      const [ours, theirs] = [await openWeights(file), await openWeights(published)]
      try {
        assert.equal(ours.format, 'torch')
        assert.deepEqual(ours.names(), theirs.names())
        for (const name of theirs.names()) {
          assert.deepEqual(ours.info(name), theirs.info(name), name)
          assert.deepEqual(await ours.read(name), await theirs.read(name), name)
        }
      } finally {
        await Promise.all([ours.close(), theirs.close()])
      }
    })

  it('gives tensors back by dotted names, in the order of a map, whatever lies between them', async () => {
    const file = path('everything.pth')
    await writeTorch(file, { ...EVERYTHING, loss: 0.25 })
    const tensors = await readEverything(file)
    assert.deepEqual(Object.keys(tensors), [
      ...['ordered.b', 'ordered.10', 'ordered.9', 'ordered.part'],
      ...['empty', 'scalar'],
    ])
    assert.deepEqual(tensors['ordered.b'], [1, 2, 3, Number.NaN, Infinity, -Infinity])
    assert.deepEqual(tensors['ordered.10'], [-2147483648, 2147483648]) // widened to float32
    assert.deepEqual(tensors['ordered.part'], [5, 6])
    assert.deepEqual(tensors.empty, [])
    assert.deepEqual(tensors.scalar, [Math.fround(0.1)])
  })

  it('has the same bytes for the same content, whatever the file is called', async () => {
    const [a, b] = [path('a.pth'), path('another.pt')]
    await writeTorch(a, EVERYTHING)
    await writeTorch(b, EVERYTHING)
    assert.ok(readFileSync(a).equals(readFileSync(b)))
  })

  it('begins with its pickle and ends with its version, storages between them in order', async () => {
    const file = path('order.pth')
    await writeTorch(file, { a: float32([1], 1), b: float32([1], 2) })
    assert.deepEqual(
      (await readZip(file)).map(({ entry }) => entry.fileName),
      ['data.pkl', 'byteorder', 'data/0', 'data/1', 'version'].map((name) => `archive/${name}`),
    )
  })

  const unwritable: Record<string, readonly [content: unknown, message: RegExp]> = {
    'a shape with room for another number of values': [
      { a: { b: float32([2, 3], 1, 2, 3) } },
      /content\.a\.b .*\[2, 3\] with 3 values/,
    ],
    'a shape with a negative size': [float32([-1, -2], 1, 2), /\[-1, -2\]/],
    'an array of another type than the tensor says': [
      { type: 'int64', shape: [1], data: Int32Array.of(1) },
      /int64 .* of type Int32Array; expected BigInt64Array/,
    ],
    'a type that no tensor has': [
      { type: 'float16', shape: [1], data: Uint16Array.of(1) },
      /float16; expected float32, int32, int64/,
    ],
    'values in a plain array': [
      { w: { type: 'float32', shape: [1], data: [1] } },
      /content\.w\.shape is of type Array/,
    ],
    'a number outside of tensors that is not finite': [{ loss: Number.NaN }, /content\.loss is NaN/],
    'an object of a class': [{ at: new Date(0) }, /content\.at is of type Date/],
    'a function': [new Map([['f', () => 1]]), /content\.f is of type function/],
    'nothing at all': [{ epoch: undefined }, /content\.epoch is of type undefined/],
  }
  for (const [what, [content, message]] of Object.entries(unwritable))
    it(`is refused with ${what}, and the file that was there stays`, async () => {
      const file = path('kept.pth', 'as it was')
      await assert.rejects(writeTorch(file, content as TorchValue), { name: 'Error', message })
      assert.equal(readFileSync(file, 'utf8'), 'as it was')
    })

  it('leaves nothing beside its place', async () => {
    const file = path('alone.pth')
    await writeTorch(file, EVERYTHING)
    const unfinished = readdirSync(dirname(file)).filter((name) => name.endsWith('.part'))
    assert.deepEqual(unfinished, [])
  })
})

describe('PyTorch, reading a torch archive that was written here', function () {
  // Loading PyTorch alone takes seconds.
  this.timeout(120_000)
  before(function () {
    needPyTorch(this)
  })
  const path = scratchFolder()

  it('finds in the published files written again what is in those, and each entry whole', async () => {
    const files: string[] = []
    for (const [published, content] of Object.values(PUBLISHED)) {
      const file = path(`${files.length}.pth`)
      await writeTorch(file, await content())
      files.push(file, published)
    }
    await python(
      `
import sys, torch, zipfile
def same(a, b):
    assert type(a) is type(b), (type(a), type(b))
    if isinstance(a, dict):
        assert list(a) == list(b), (list(a), list(b))
        for key in a: same(a[key], b[key])
    elif torch.is_tensor(a):
        assert a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)
    else: assert a == b
files = sys.argv[1:]
assert len(files) == 4
for ours, published in zip(files[::2], files[1::2]):
    for weights_only in (False, True):
        same(*(torch.load(file, weights_only=weights_only) for file in (ours, published)))
    assert zipfile.ZipFile(ours).testzip() is None
`,
      ...files,
    )
  })

  it('finds every kind of value, with weights_only too', async () => {
    const file = path('everything.pth')
    await writeTorch(file, EVERYTHING)
    await python(
      `
import sys, torch
from collections import OrderedDict
for weights_only in (False, True):
    read = torch.load(sys.argv[1], weights_only=weights_only)
    assert type(read) is dict and list(read)[0] == 'ordered'
    ordered = read.pop('ordered')
    assert type(ordered) is OrderedDict and list(ordered) == ['b', '10', '9', 'part']
    assert ordered['b'].tolist()[0] == [1, 2, 3]
    assert str(ordered['b'].tolist()[1]) == '[nan, inf, -inf]'
    assert ordered['10'].dtype == torch.int32 and ordered['10'].tolist() == [-2**31, 2**31 - 1]
    assert ordered['9'].dtype == torch.int64 and ordered['9'].tolist() == [[-2**63, 2**63 - 1]]
    assert ordered['part'].tolist() == [5, 6] and ordered['part'].storage().size() == 2
    empty, scalar = read.pop('empty'), read.pop('scalar')
    assert empty.shape == (0, 3) and scalar.shape == () and scalar == torch.tensor(0.1)
    for tensor in (*ordered.values(), empty, scalar):
        assert tensor.is_contiguous() and not tensor.requires_grad and tensor.device.type == 'cpu'
    assert type(read['noneOrdered']) is OrderedDict
    assert read['yes'] is True and read['no'] is False and type(read['zero']) is int
    assert read == {
        'nothing': None, 'yes': True, 'no': False, 'text': 'Kratzer größer 1 µm 🔍', 'zero': 0,
        'limits': {'a': 2**31 - 1, 'b': -2**31, 'c': 2**31, 'd': -2**53 + 1}, 'none': {}, 'noneOrdered': {},
    }
`,
      file,
    )
  })

  it('finds floats to the last bit', async () => {
    const file = path('floats.pth')
    await writeTorch(file, { lr: 0.002, large: -1e300, tiny: 5e-324 })
    await python(
      `
import sys, torch
assert torch.load(sys.argv[1]) == {'lr': 0.002, 'large': -1e300, 'tiny': 5e-324}
`,
      file,
    )
  })

  it('trains on from it: the state fits a module, and what PyTorch saves of that is read here', async () => {
    const [file, again] = [path('module.pth'), path('saved.pth')]
    const weight = float32([2, 2], 1, 2, 3, 4)
    await writeTorch(
      file,
      new Map([
        ['weight', weight],
        ['bias', float32([2], 5, 6)],
      ]),
    )
    await python(
      `
import sys, torch
linear = torch.nn.Linear(2, 2)
linear.load_state_dict(torch.load(sys.argv[1], weights_only=True))
linear(torch.ones(1, 2)).sum().backward()
torch.optim.SGD(linear.parameters(), lr=1).step()
torch.save(linear.state_dict(), sys.argv[2])
`,
      file,
      again,
    )
    assert.deepEqual(await readEverything(again), { weight: [0, 1, 2, 3], bias: [4, 5] })
  })
})
