import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { DataType } from 'node-opcua'
import { makeAlarm } from '../../../../connect/opcua/client/alarm.ts'
import { withinLimit } from '../../../../connect/opcua/client/limit.ts'
import { countLosses } from '../../../../connect/opcua/client/losses.ts'
import { toScalar } from '../../../../connect/opcua/client/scalar.ts'
import { statusNameOf } from '../../../../connect/opcua/client/status-code.ts'
import { startWatchdog } from '../../../../connect/opcua/client/watchdog.ts'
import { isCodedError } from '../../../../errors/index.ts'

describe('an alarm', () => {
  it('that rings before one sleeps is not slept over', async () => {
    const alarm = makeAlarm()
    alarm.ring()
    assert.equal(await alarm.sleep(60_000), false)
    const slept = alarm.sleep(60_000)
    alarm.ring()
    assert.equal(await slept, false)
    assert.equal(await alarm.sleep(1), true)
  })
})

describe('a limit', () => {
  it('ends a wait that nobody else would end, and drops what comes later', async () => {
    const { promise, reject } = Promise.withResolvers<never>()
    await assert.rejects(
      withinLimit(promise, 5, () => new Error('late')),
      /late/,
    )
    reject(new Error('unheard'))
    await sleep(5)
  })

  it('ends with its signal, also one that was given before', async () => {
    const never = new Promise<never>(() => {})
    for (const given of ['before', 'after']) {
      const stop = new AbortController()
      if (given === 'before') stop.abort(new Error('stopped'))
      const waiting = withinLimit(never, 60_000, () => new Error('late'), stop.signal)
      stop.abort(new Error('stopped'))
      await assert.rejects(waiting, /stopped/)
    }
  })
})

describe('the numbers of notification messages', () => {
  const lossesOf = (
    ...messages: readonly (readonly [sequence: number, isNotification: boolean])[]
  ): number => {
    let losses = 0
    const take = countLosses((count) => {
      losses += count
    })
    for (const [sequence, isNotification] of messages) take(sequence, isNotification)
    return losses
  }

  it('count up; a keep-alive has the number of the next', () => {
    assert.equal(lossesOf([1, false], [1, true], [2, false], [2, false], [2, true], [3, true]), 0)
  })

  it('show what is missing between two, and before a keep-alive', () => {
    assert.equal(lossesOf([1, true], [4, true]), 2)
    assert.equal(lossesOf([1, true], [4, false], [4, true]), 2)
    assert.equal(lossesOf([3, true]), 2)
  })

  it('begin again with 1 after the largest, and one that comes twice is no loss', () => {
    const losses: number[] = []
    const take = countLosses((count) => losses.push(count))
    take(0xffff_fffe, true)
    losses.length = 0
    take(0xffff_ffff, true)
    take(1, true)
    take(1, true)
    take(2, true)
    assert.deepEqual(losses, [])
    take(4, true)
    assert.deepEqual(losses, [1])
  })
})

describe('a value for a variable', () => {
  const fits = (value: unknown, type: keyof typeof DataType, expected: unknown = value): void =>
    assert.deepEqual(toScalar(value, DataType[type], 'ns=1;s=A'), expected)
  const doesNotFit = (value: unknown, type: keyof typeof DataType): void =>
    assert.throws(
      () => toScalar(value, DataType[type], 'ns=1;s=A'),
      (error) => isCodedError(error, 'OPCUA_TYPE'),
      `${value} as ${type}`,
    )

  it('is taken as it is where it fits', () => {
    fits(true, 'Boolean')
    fits(-128, 'SByte')
    fits(255, 'Byte')
    fits(-32_768, 'Int16')
    fits(65_535, 'UInt16')
    fits(4_294_967_295, 'UInt32')
    fits(0.7, 'Float')
    fits(Number.NaN, 'Double')
    fits('ä', 'String')
    fits(new Date(0), 'DateTime')
    fits(new Uint8Array([1, 2]), 'ByteString', Buffer.from([1, 2]))
  })

  it('is converted where nothing is lost', () => {
    fits(true, 'Byte', 1)
    fits(-1, 'Int64', [0xffff_ffff, 0xffff_ffff])
    fits(2 ** 40 + 5, 'UInt64', [256, 5])
    fits(2n ** 64n - 1n, 'UInt64', [0xffff_ffff, 0xffff_ffff])
  })

  it('is an error where it would become another one', () => {
    doesNotFit(0.7, 'Int16')
    doesNotFit(128, 'SByte')
    doesNotFit(-1, 'UInt32')
    doesNotFit(Number.NaN, 'Int32')
    doesNotFit(1e39, 'Float')
    doesNotFit(-1n, 'UInt64')
    doesNotFit(1, 'Boolean')
    doesNotFit('1', 'Int32')
    doesNotFit(1, 'String')
    doesNotFit(null, 'String')
    doesNotFit({}, 'ExtensionObject')
  })
})

describe('the status code of an error', () => {
  it('is found in its fault, its property or its words', () => {
    const fault = { response: { responseHeader: { serviceResult: { name: 'BadSessionIdInvalid' } } } }
    assert.equal(statusNameOf(Object.assign(new Error('x'), fault)), 'BadSessionIdInvalid')
    assert.equal(
      statusNameOf(Object.assign(new Error('x'), { statusCode: { name: 'BadTimeout' } })),
      'BadTimeout',
    )
    assert.equal(
      statusNameOf(new Error('ServiceResult is BadUserAccessDenied (0x801f0000)')),
      'BadUserAccessDenied',
    )
  })

  it('is none where there is none', () => {
    for (const thrown of [new Error('BadLuck'), new Error('read ECONNRESET'), 'BadTimeout', null])
      assert.equal(statusNameOf(thrown), null)
  })
})

describe('a watchdog', () => {
  const watch = (ask: () => Promise<void>) => {
    const seen = { answers: 0, dead: [] as string[] }
    const watchdog = startWatchdog({
      ask,
      everyMs: 5,
      limitMs: 60,
      onAnswer: () => seen.answers++,
      onDead: (why) => seen.dead.push(why),
    })
    return { seen, watchdog }
  }
  const until = async (done: () => boolean): Promise<void> => {
    for (let i = 0; i < 500 && !done(); i++) await sleep(5)
    assert.ok(done())
  }

  it('goes on asking while it is answered, also when the answer is a refusal', async () => {
    let asked = 0
    const { seen, watchdog } = watch(async () => {
      if (++asked % 2 === 0) throw new Error('BadUserAccessDenied (0x801f0000)')
    })
    await until(() => seen.answers >= 4)
    watchdog.stop()
    assert.deepEqual(seen.dead, [])
  })

  it('says so once when nothing comes', async () => {
    const { seen } = watch(() => new Promise(() => {}))
    await until(() => seen.dead.length > 0)
    await sleep(100)
    assert.deepEqual(seen.dead, ['it has been silent for 0.06 s'])
  })

  it('is patient while something comes, though not the answer', async () => {
    const { seen, watchdog } = watch(() => new Promise(() => {}))
    for (let i = 0; i < 20; i++) {
      await sleep(10)
      watchdog.heard()
    }
    assert.deepEqual(seen.dead, [])
    await until(() => seen.dead.length === 1)
  })

  it('does not take its own process being held up for silence', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { seen, watchdog } = watch(() => promise)
    await sleep(20)
    // What has come meanwhile is read only after the timers that are due.
    setImmediate(resolve)
    const end = performance.now() + 150
    while (performance.now() < end);
    await until(() => seen.answers > 0 || seen.dead.length > 0)
    watchdog.stop()
    assert.deepEqual(seen.dead, [])
  })

  it('says so when the session is no more', async () => {
    const { seen } = watch(() =>
      Promise.reject(new Error('ServiceResult is BadSessionIdInvalid (0x80250000)')),
    )
    await until(() => seen.dead.length > 0)
    assert.deepEqual(seen.dead, ['BadSessionIdInvalid'])
  })
})
