import assert from 'node:assert/strict'
import { createClient } from '../../../../engine/backends/kserve/client.ts'
import type { Connection } from '../../../../engine/backends/kserve/connection.ts'
import { systemClock } from '../../../../engine/clock.ts'
import { serverSettings } from '../../../../engine/server-options.ts'

/** A client of a server that answers with these statuses, one after the other. */
const setUp = (statuses: number[]) => {
  const asked: string[] = []
  const connection: Connection = {
    url: 'x',
    ask: async ({ method, path }) => {
      asked.push(`${method} ${path}`)
      const status = statuses.shift() ?? 200
      return { status, headers: {}, body: Buffer.from('{}'), openedAt: 7 }
    },
    renew: async () => {},
    close: () => {},
  }
  const client = createClient({
    settings: { ...serverSettings({ url: 'http://x', model: 'm' }), parallel: 1, batchTimeoutMs: 60_000 },
    model: { name: 'm', version: '1', imageSize: 8, text: null },
    connection,
    clock: systemClock,
    random: () => 0,
    signal: new AbortController().signal,
  })
  return { client, asked }
}

describe('a question for health or metadata', () => {
  it('is asked again where the server had too much to do, as inference is', async () => {
    const { client, asked } = setUp([503, 429, 200])
    assert.equal(await client.ready(10_000), 7)
    assert.equal(asked.length, 3)
  })

  it('is given up after four times, and where its time is over', async () => {
    const { client, asked } = setUp([503, 503, 503, 503, 503, 503])
    await assert.rejects(client.check(10_000), { code: 'ENGINE_SERVER_AWAY' })
    assert.equal(asked.length, 4)
    await assert.rejects(client.check(10), { code: 'ENGINE_SERVER_AWAY' })
    assert.equal(asked.length, 5)
  })
})
