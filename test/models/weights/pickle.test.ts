import assert from 'node:assert/strict'
import { openWeights } from '../../../models/weights/index.ts'
import { dict, floats, op, pickle, readEverything, scratchFolder, tensor, torchArchive } from './craft.ts'

const pair = { shape: [2], strides: [1], size: 2 }

describe('the restricted unpickler', () => {
  const write = scratchFolder()
  const script = [{ path: 'archive/constants.pkl', data: pickle(op.emptyTuple) }]

  it('finds a tensor in the plainest archive', async () => {
    const file = write('plain.pth', torchArchive(pickle(dict(['a', tensor(pair)])), [floats(1, 2)]))
    assert.deepEqual(await readEverything(file), { a: [1, 2] })
  })

  it('passes over numbers, text, None and other keys than names', async () => {
    const odd = Buffer.concat([
      dict(['a', tensor(pair)], ['n', op.int(3)], ['t', op.text('x')]),
      op.emptyTuple,
      op.none,
      op.setItem,
    ])
    const file = write('odd.pth', torchArchive(pickle(odd), [floats(1, 2)]))
    assert.deepEqual(await readEverything(file), { a: [1, 2] })
  })

  it('makes TorchScript classes records only where the archive is TorchScript', async () => {
    const record = Buffer.concat([
      op.global('__torch__', 'Net'),
      op.emptyTuple,
      op.newObject,
      dict(['a', tensor(pair)]),
      op.build,
    ])
    const as = (name: string, further: typeof script) =>
      write(name, torchArchive(pickle(record), [floats(1, 2)], further))
    assert.deepEqual(await readEverything(as('script.pt', script)), { a: [1, 2] })
    await assert.rejects(openWeights(as('plain.pt', [])), {
      code: 'WEIGHTS_UNSAFE_PICKLE',
      message: /__torch__\.Net/,
    })
  })

  it('counts code/ for TorchScript as well', async () => {
    const code = [{ path: 'archive/code/__torch__.py', data: '' }]
    const file = write('code.pt', torchArchive(pickle(dict(['a', tensor(pair)])), [floats(1, 2)], code))
    const weights = await openWeights(file)
    await weights.close()
    assert.equal(weights.format, 'torchscript')
  })

  const unsafe: Record<string, readonly [message: RegExp, content: Buffer]> = {
    'a function named by GLOBAL': [/os\.system/, op.global('os', 'system')],
    'a function named by STACK_GLOBAL': [
      /os\.system/,
      Buffer.concat([op.text('os'), op.text('system'), Buffer.from([0x93])]),
    ],
    'a class named by INST': [/os\.system/, Buffer.concat([op.mark, Buffer.from('ios\nsystem\n')])],
    'a function of torch that is not about tensors': [/torch\.hub\.load/, op.global('torch.hub', 'load')],
    'a name that only begins like one of torch': [
      /torch\._utils\._rebuild_tensor_v2x/,
      op.global('torch._utils', '_rebuild_tensor_v2x'),
    ],
    'a call of a storage class': [
      /call torch\.FloatStorage/,
      Buffer.concat([op.global('torch', 'FloatStorage'), op.emptyTuple, op.reduce]),
    ],
    'an object of a container class': [
      /object of collections\.OrderedDict/,
      Buffer.concat([op.global('collections', 'OrderedDict'), op.emptyTuple, op.newObject]),
    ],
  }
  for (const [what, [message, content]] of Object.entries(unsafe))
    it(`refuses ${what}`, async () => {
      const file = write('unsafe.pth', torchArchive(pickle(content)))
      await assert.rejects(openWeights(file), { code: 'WEIGHTS_UNSAFE_PICKLE', message })
    })

  it('refuses a script class with a state of its own making', async () => {
    const record = Buffer.concat([
      op.global('__torch__', 'Packed'),
      op.emptyTuple,
      op.newObject,
      op.emptyTuple,
      op.build,
    ])
    await assert.rejects(openWeights(write('state.pt', torchArchive(pickle(record), [], script))), {
      code: 'WEIGHTS_UNSAFE_PICKLE',
      message: /__torch__\.Packed/,
    })
  })

  const damaged: Record<string, readonly [message: RegExp, content: Buffer]> = {
    'an opcode that torch does not write': [/opcode 0x49/, Buffer.from('I1\n')],
    'protocol 6': [/protocol 6/, Buffer.from([0x80, 6])],
    'an end in the middle': [/wants 9 more bytes/, Buffer.concat([Buffer.from('X\x09\x00\x00\x00')])],
    'a value taken from an empty stack': [/where there is none/, Buffer.from('000')],
    'a value taken from below an open group': [
      /where there is none/,
      Buffer.concat([op.none, op.mark, Buffer.from('0'), op.none]),
    ],
    'a name without an end': [/name without an end/, Buffer.from('cos')],
    'a negative stride': [/from 0 on/, tensor({ ...pair, strides: [-1] })],
    'a group closed that was not opened': [/did not open/, Buffer.from('t')],
    'an empty slot recalled': [/slot 7/, op.get(7)],
    'a key without a value': [
      /without a value/,
      Buffer.concat([op.emptyDict, op.mark, op.none, Buffer.from('u')]),
    ],
    'an item appended to a dict': [/no list/, Buffer.concat([op.emptyDict, op.none, op.append])],
    'a key set in a list': [/no dict/, Buffer.concat([op.emptyList, op.none, op.none, op.setItem])],
    'a call of text': [/call string/, Buffer.concat([op.text('x'), op.emptyTuple, op.reduce])],
    'arguments that are no tuple': [
      /for arguments/,
      Buffer.concat([op.global('torch', 'Size'), op.none, op.reduce]),
    ],
    'attributes for a list': [
      /attributes for a sequence/,
      Buffer.concat([op.emptyList, op.emptyDict, op.build]),
    ],
    'a reference to no storage': [/no storage/, Buffer.concat([op.text('module'), op.persistent])],
    'a number of 17 bytes': [/17 bytes/, Buffer.from([0x8a, 17, ...new Uint8Array(17)])],
    'more strides than dimensions': [/1 dimensions with 2 strides/, tensor({ ...pair, strides: [1, 1] })],
    'a storage that is not in the archive': [/data\/5/, tensor({ ...pair, key: '5' })],
    'a storage shorter than announced': [/announces 3 values/, tensor({ ...pair, size: 3 })],
    'a view beyond its storage': [/ends at value 3/, tensor({ ...pair, offset: 1 })],
    'strides beyond the storage': [/ends at value 9/, tensor({ ...pair, strides: [8] })],
    'a shape beyond counting': [/holds 2/, tensor({ ...pair, shape: [2 ** 40, 2 ** 40], strides: [0, 0] })],
  }
  for (const [what, [message, content]] of Object.entries(damaged))
    it(`refuses ${what}`, async () => {
      const file = write('damaged.pth', torchArchive(pickle(dict(['a', content])), [floats(1, 2)]))
      await assert.rejects(openWeights(file), { code: 'WEIGHTS_DAMAGED', message })
    })

  const limited: Record<string, Buffer> = {
    'a list that holds itself': Buffer.concat([op.emptyList, op.put(0), op.get(0), op.append]),
    'lists that double at every level': doubling(40),
    'containers nested without end': Buffer.concat([
      ...Array.from({ length: 100 }, () => op.emptyList),
      ...Array.from({ length: 99 }, () => op.append),
    ]),
    'more steps than the limit': Buffer.alloc(2_000_001, 'N'),
    'a name without end': dict(['n'.repeat(2_000), op.none]),
  }
  for (const [what, content] of Object.entries(limited))
    it(`stops at ${what}`, async () => {
      await assert.rejects(openWeights(write('limited.pth', torchArchive(pickle(content)))), {
        code: 'WEIGHTS_LIMIT',
      })
    })

  it('refuses a name that two tensors share', async () => {
    const content = dict(['a', tensor(pair)], ['module.a', tensor(pair)])
    await assert.rejects(openWeights(write('twice.pth', torchArchive(pickle(content), [floats(1, 2)]))), {
      code: 'WEIGHTS_DAMAGED',
      message: /tensor a twice/,
    })
  })
})

/** Two references to the list before, and so on: 2ⁿ visits for n lists. */
function doubling(levels: number): Buffer {
  const pieces = [op.emptyList, op.put(0)]
  for (let level = 1; level <= levels; level++)
    pieces.push(op.emptyList, op.get(level - 1), op.append, op.get(level - 1), op.append, op.put(level))
  return Buffer.concat(pieces)
}
