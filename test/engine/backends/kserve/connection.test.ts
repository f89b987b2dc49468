import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Connection, openConnection } from '../../../../engine/backends/kserve/connection.ts'
import { isPassing } from '../../../../engine/backends/kserve/failure.ts'
import { systemClock } from '../../../../engine/clock.ts'
import { serverSettings } from '../../../../engine/server-options.ts'
import { fakeClock } from '../../../support/engine/fake-clock.ts'

describe('a connection to a server', () => {
  let server: Server
  let connection: Connection
  let answer: RequestListener
  let connections: number
  const open = async (clock = systemClock) => {
    const { port } = server.address() as AddressInfo
    connection = await openConnection(
      serverSettings({ url: `http://127.0.0.1:${port}/prefix/`, model: 'm', token: 'secret' }),
      { clock, sockets: 2 },
    )
  }
  const ask = (further: object = {}) =>
    connection.ask({ method: 'GET', path: '/v2', timeoutMs: 10_000, maxBytes: 100, ...further })
  beforeEach(async () => {
    connections = 0
    answer = (_request, response) => response.end('yes')
    server = createServer((request, response) => answer(request, response))
    server.on('connection', () => {
      connections += 1
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await open()
  })
  afterEach(() => {
    connection.close()
    server.closeAllConnections()
    server.close()
  })

  it('puts the path behind that of the URL, with the token, and sends a body in pieces', async () => {
    answer = async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      response.end(
        `${request.url} ${request.headers.authorization} ${request.headers['content-length']} ${Buffer.concat(parts)}`,
      )
    }
    const { body } = await ask({ method: 'POST', body: [Buffer.from('ab'), Buffer.from('c')] })
    assert.equal(body.toString(), '/prefix/v2 Bearer secret 3 abc')
    assert.match(connection.url, /\/prefix$/)
  })

  it('is used again, and says when it was opened', async () => {
    const first = await ask()
    const second = await ask()
    assert.equal(connections, 1)
    assert.equal(second.openedAt, first.openedAt)
  })

  it('says nothing of that where the server keeps none open', async () => {
    for (const word of ['close', 'Close']) {
      answer = (_request, response) => response.setHeader('connection', word).end()
      assert.equal((await ask()).openedAt, Number.NEGATIVE_INFINITY)
    }
  })

  it('that was closed just when it was to be used again is replaced, and nothing is lost', async () => {
    await ask()
    let closed = 0
    answer = (request, response) => {
      if (closed++ === 0) request.socket.resetAndDestroy()
      else response.end('again')
    }
    assert.equal((await ask()).body.toString(), 'again')
    assert.equal(connections, 2)
  })

  it('that is reset after a while, or has used up the time, is not taken for one that was closed before', async () => {
    const { clock, advance } = fakeClock()
    await open(clock)
    await ask()
    let asked = 0
    answer = (request) => {
      asked += 1
      advance(1000)
      request.socket.resetAndDestroy()
    }
    await assert.rejects(ask(), isPassing)
    assert.equal(asked, 1)
    answer = (_request, response) => response.end()
    await ask()
    answer = () => {
      asked += 1
      advance(200)
    }
    await assert.rejects(ask({ timeoutMs: 200 }), /200 ms/)
    // Time for another request to come, if there were one.
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(asked, 2)
  })

  it('that is reset before its first answer, or in the midst of one, is a failure that may pass', async () => {
    for (const wrong of [
      ((request) => request.socket.resetAndDestroy()) satisfies RequestListener,
      ((request, response) => {
        response.writeHead(200, { 'content-length': 50 })
        response.write('half', () => request.socket.resetAndDestroy())
      }) satisfies RequestListener,
      ((request, response) => {
        response.writeHead(200, { 'content-length': 50 })
        response.write('half', () => request.socket.end())
      }) satisfies RequestListener,
    ]) {
      await open()
      answer = wrong
      await assert.rejects(ask(), (error) => isPassing(error) && error.code === 'ENGINE_SERVER_AWAY')
    }
  })

  it('to a port where nothing listens is a failure that may pass', async () => {
    server.close()
    await once(server, 'close')
    await assert.rejects(ask(), (error) => isPassing(error) && /ECONNREFUSED/.test(error.message))
  })

  it('takes no longer than it may, neither for an answer nor in the midst of one', async () => {
    for (const beginning of [false, true]) {
      const { clock, advance } = fakeClock()
      await open(clock)
      const asked = Promise.withResolvers<void>()
      answer = (_request, response) => {
        if (beginning) response.write('half')
        asked.resolve()
      }
      const reply = ask({ timeoutMs: 200 })
      reply.catch(() => {})
      await asked.promise
      advance(200)
      await assert.rejects(reply, (error) => !isPassing(error) && /200 ms/.test((error as Error).message))
    }
  })

  it('takes no more bytes than any answer to the request can have', async () => {
    answer = (_request, response) => response.end('x'.repeat(101))
    await assert.rejects(ask(), { code: 'ENGINE_SERVER_REPLY' })
  })

  it('lets what is under way fail when it is closed', async () => {
    const asked = Promise.withResolvers<void>()
    answer = () => asked.resolve()
    const reply = ask()
    reply.catch(() => {})
    await asked.promise
    connection.close()
    await assert.rejects(reply, { code: 'ENGINE_SERVER_AWAY' })
  })
})
