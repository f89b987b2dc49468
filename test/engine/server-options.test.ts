import assert from 'node:assert/strict'
import { startEngine } from '../../engine/engine.ts'
import type { ServerOptions } from '../../engine/index.ts'
import { fakeProcesses } from '../support/engine/fake-process.ts'

const start = (server: Partial<ServerOptions>) => {
  const { launch, started } = fakeProcesses()
  const engine = startEngine(
    { model: 'fake', server: { url: 'https://triton:8000', model: 'nano', ...server } },
    { launch },
  )
  return { engine, started }
}

describe('the server of an engine', () => {
  const wrong: [string, Partial<ServerOptions>, RegExp][] = [
    ['an address of another protocol', { url: 'grpc://triton:8001' }, /expected http:/],
    ['an address without a protocol', { url: 'triton' }, /expected http:/],
    ['a password in the address', { url: 'https://me:secret@triton' }, /its own field/],
    ['an address with a query', { url: 'https://triton/?a=b' }, /without \?/],
    ['no model', { model: ' ' }, /server\.model/],
    ['a token with a line end', { token: 'secret\n' }, /copy it again/],
    ['a token in the clear', { url: 'http://triton:8000', token: 'secret' }, /for all to read/],
    ['a certificate without its key', { certFile: '/a.pem' }, /go together/],
    ['no time at all', { timeoutMs: 0 }, /timeoutMs/],
  ]
  for (const [what, options, says] of wrong)
    it(`is refused with ${what}, before any process is started`, async () => {
      const { engine, started } = start(options)
      await assert.rejects(engine.ready, (error: Error & { code: string }) => {
        assert.equal(error.code, 'ENGINE_OPTIONS')
        assert.match(error.message, says)
        assert.doesNotMatch(error.message, /secret/)
        return true
      })
      assert.equal(started.length, 0)
    })

  for (const url of ['http://localhost:8000', 'http://127.0.0.1:8000', 'http://[::1]:8000', 'https://triton'])
    it(`may get a token at ${url}`, () => {
      const { started } = start({ url, token: 'secret' })
      assert.equal(started[0]?.settings.server?.token, 'secret')
    })

  it('gets as many batches at a time as are given ahead, and one', () => {
    const { launch, started } = fakeProcesses()
    startEngine(
      { model: 'fake', server: { url: 'http://a', model: 'b' }, batch: { ahead: 3 }, jobTimeoutMs: 1000 },
      { launch },
    )
    const { parallel, batchTimeoutMs } = started[0]!.settings.server!
    assert.equal(parallel, 4)
    assert.ok(batchTimeoutMs < 1000)
  })
})
