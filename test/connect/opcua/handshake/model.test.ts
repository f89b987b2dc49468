import assert from 'node:assert/strict'
import { FAULTS } from './faults.ts'
import { runWorld, type WorldOptions } from './world.ts'

type Kind = Omit<WorldOptions, 'seed' | 'steps'>

const KINDS: Readonly<Record<string, Kind>> = {
  'a PLC that follows, its own server': {
    plc: 'following',
    server: 'plc',
    acknowledged: true,
    unasked: false,
  },
  'a PLC that follows, our server': { plc: 'following', server: 'box', acknowledged: true, unasked: false },
  'a PLC that follows, results nobody asked for': {
    plc: 'following',
    server: 'plc',
    acknowledged: true,
    unasked: true,
  },
  'a PLC that does anything at any time': {
    plc: 'unruly',
    server: 'plc',
    acknowledged: true,
    unasked: true,
  },
  'a PLC that does anything to our server': {
    plc: 'unruly',
    server: 'box',
    acknowledged: true,
    unasked: true,
  },
  'a PLC that acknowledges nothing': { plc: 'unruly', server: 'plc', acknowledged: false, unasked: false },
}
const SEEDS = 40
const STEPS = 3000

describe('the handshake against its model', function () {
  this.timeout(120_000)

  for (const [name, kind] of Object.entries(KINDS))
    it(`keeps every rule with ${name}, through outages, restarts, late answers and errors`, () => {
      const sum = { taken: 0, missed: 0, read: 0, restarts: 0, outages: 0 }
      for (let seed = 1; seed <= SEEDS; seed++) {
        const tally = runWorld({ ...kind, seed, steps: STEPS })
        for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += tally[key]
      }
      assert.ok(sum.taken > 2 * SEEDS, `only ${sum.taken} triggers were taken`)
      assert.ok(sum.missed > SEEDS / 4, `only ${sum.missed} triggers were missed`)
      assert.ok(
        sum.restarts > SEEDS && sum.outages > SEEDS,
        `${sum.restarts} restarts, ${sum.outages} outages`,
      )
    })
})

describe('the model of the handshake', function () {
  this.timeout(120_000)

  for (const [fault, { machine, finds }] of Object.entries(FAULTS))
    it(`finds ${fault}`, () => {
      const found = Object.values(KINDS).flatMap((kind) =>
        Array.from({ length: 10 }, (_, seed) => faultIn({ ...kind, machine, seed, steps: STEPS })),
      )
      const messages = found.filter((message) => message !== null)
      // A fault shows in more ways than one; this is the one that names it.
      assert.ok(
        messages.some((message) => finds.test(message)),
        messages.join('\n') || 'not found in any run',
      )
    })
})

const faultIn = (options: WorldOptions): string | null => {
  try {
    runWorld(options)
    return null
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error
    return error.message
  }
}
