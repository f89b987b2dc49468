import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { checkFile, type FetchFileOptions, fetchFile } from '../../../models/weights/index.ts'
import { scratchFolder } from './craft.ts'

const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251))
const SHA256 = createHash('sha256').update(CONTENT).digest('hex')
const GIT_BLOB = createHash('sha1').update(`blob ${CONTENT.length}\0`).update(CONTENT).digest('hex')
const ETAG = '"one"'

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void

/** Answers as a plain file server does: whole, or the rest of it where If-Range still holds. */
const serveFile =
  (content: Buffer, etag = ETAG): Handler =>
  (request, response) => {
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    response.setHeader('etag', etag)
    if (from === null || request.headers['if-range'] !== etag) return void response.end(content)
    const start = Number(from[1])
    if (start >= content.length)
      return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    response
      .writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
      .end(content.subarray(start))
  }

/** Promises the whole and sends only the beginning; the connection stays open. */
const begin = (response: ServerResponse, bytes: number, headers: Record<string, string> = { etag: ETAG }) =>
  response
    .writeHead(200, { ...headers, 'content-length': String(CONTENT.length) })
    .write(CONTENT.subarray(0, bytes))

describe('fetching a published file', () => {
  const at = scratchFolder()
  let server: Server
  let handler: Handler
  let requests: IncomingMessage[]
  let waits: number[]
  /** The response under way, for tests to break off once enough of it has arrived. */
  let open: ServerResponse
  let files = 0
  let to: string

  before((done) => {
    server = createServer((request, response) => {
      requests.push(request)
      open = response
      handler(request, response, requests.length)
    }).listen(0, '127.0.0.1', done)
  })
  after((done) => {
    server.closeAllConnections()
    server.close(done)
  })
  beforeEach(() => {
    handler = serveFile(CONTENT)
    requests = []
    waits = []
    to = at(`file-${files++}.bin`)
  })

  const urlOf = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const fetchIt = (options: Partial<FetchFileOptions> = {}) =>
    fetchFile({
      url: urlOf('/weights'),
      to,
      check: { sha256: SHA256 },
      random: () => 0,
      sleep: async (ms) => void waits.push(ms),
      ...options,
    })
  const assertFetched = () => {
    assert.ok(readFileSync(to).equals(CONTENT))
    assert.ok(!existsSync(`${to}.part`) && !existsSync(`${to}.part.validator`))
  }
  const leavePart = (bytes: number, validator: string | null, content = CONTENT) => {
    writeFileSync(`${to}.part`, content.subarray(0, bytes))
    if (validator !== null) writeFileSync(`${to}.part.validator`, validator)
  }

  it('puts it in place, tells its facts, and makes its folder', async () => {
    to = `${to}-folder/deep/file.bin`
    const check = { sha256: SHA256, gitBlob: GIT_BLOB, bytes: CONTENT.length }
    assert.deepEqual(await fetchIt({ check }), { bytes: CONTENT.length, sha256: SHA256 })
    assertFetched()
    assert.equal(requests[0]!.headers.range, undefined)
  })

  it('tells its progress up to the whole', async () => {
    const seen: { done: number; total: number | null }[] = []
    await fetchIt({ onProgress: (progress) => void seen.push(progress) })
    assert.deepEqual(seen[0], { done: 0, total: CONTENT.length })
    assert.deepEqual(seen.at(-1), { done: CONTENT.length, total: CONTENT.length })
  })

  it('asks no server where the right file is in place already', async () => {
    writeFileSync(to, CONTENT)
    await fetchIt()
    assert.equal(requests.length, 0)
  })

  it('replaces a wrong file in place once the right one is whole', async () => {
    writeFileSync(to, 'an older one')
    await fetchIt()
    assertFetched()
  })

  it('follows redirects', async () => {
    handler = (request, response, nth) =>
      request.url === '/weights'
        ? response.writeHead(302, { location: '/elsewhere' }).end()
        : serveFile(CONTENT)(request, response, nth)
    await fetchIt()
    assertFetched()
  })

  /** Breaks the connection each time so many more bytes have arrived. */
  const breakingEvery = (bytes: number) => {
    let next = bytes
    return ({ done, total }: { done: number; total: number | null }) => {
      if (done < next || done === total) return
      next += bytes
      open.destroy()
    }
  }

  it('goes on where the connection broke', async () => {
    handler = (request, response, nth) =>
      nth === 1 ? begin(response, 40_000) : serveFile(CONTENT)(request, response, nth)
    await fetchIt({ onProgress: breakingEvery(40_000) })
    assertFetched()
    assert.equal(requests.length, 2)
    assert.equal(requests[1]!.headers.range, 'bytes=40000-')
    assert.equal(requests[1]!.headers['if-range'], ETAG)
  })

  it('goes on with what an earlier run left', async () => {
    leavePart(60_000, ETAG)
    await fetchIt()
    assertFetched()
    assert.equal(requests[0]!.headers.range, 'bytes=60000-')
  })

  it('starts over where the server has no ranges', async () => {
    leavePart(60_000, ETAG)
    handler = (_request, response) => response.end(CONTENT)
    await fetchIt()
    assertFetched()
    assert.equal(requests.length, 1)
  })

  it('starts over where the server has another version by now', async () => {
    leavePart(60_000, '"zero"', Buffer.alloc(60_000))
    await fetchIt()
    assertFetched()
  })

  it('starts over where nobody knows what version the part is of', async () => {
    leavePart(60_000, null)
    await fetchIt()
    assertFetched()
    assert.equal(requests[0]!.headers.range, undefined)
  })

  it('never takes a weak ETag for the mark of a version', async () => {
    handler = (request, response, nth) =>
      nth === 1 ? begin(response, 40_000, { etag: 'W/"one"' }) : serveFile(CONTENT)(request, response, nth)
    await fetchIt({ onProgress: breakingEvery(40_000) })
    assertFetched()
    assert.equal(requests[1]!.headers.range, undefined)
  })

  it('takes a part for whole where the server says that nothing is missing', async () => {
    leavePart(CONTENT.length, ETAG)
    await fetchIt()
    assertFetched()
    assert.equal(requests.length, 1)
  })

  it('throws a part away that is longer than the file', async () => {
    leavePart(CONTENT.length, ETAG)
    writeFileSync(`${to}.part`, Buffer.concat([CONTENT, CONTENT]))
    await fetchIt()
    assertFetched()
    assert.equal(requests[1]!.headers.range, undefined)
  })

  it('throws a part away that the server would complete from another place', async () => {
    leavePart(60_000, ETAG)
    handler = (request, response, nth) =>
      nth === 1
        ? response
            .writeHead(206, { 'content-range': `bytes 0-9/${CONTENT.length}` })
            .end(CONTENT.subarray(0, 10))
        : serveFile(CONTENT)(request, response, nth)
    await fetchIt()
    assertFetched()
    assert.equal(requests[1]!.headers.range, undefined)
  })

  it('fetches once more, whole, where a completed part is not the right file', async () => {
    leavePart(60_000, ETAG, Buffer.alloc(60_000))
    await fetchIt()
    assertFetched()
    assert.deepEqual(
      requests.map(({ headers }) => headers.range),
      ['bytes=60000-', undefined],
    )
  })

  it('removes what has a wrong checksum, saying what was found and expected', async () => {
    handler = serveFile(Buffer.from('something else'))
    const found = createHash('sha256').update('something else').digest('hex')
    await assert.rejects(fetchIt(), {
      code: 'WEIGHTS_CHECKSUM',
      message: new RegExp(`${found}, expected ${SHA256}`),
    })
    await assert.rejects(fetchIt({ check: { gitBlob: GIT_BLOB } }), {
      code: 'WEIGHTS_CHECKSUM',
      message: new RegExp(`git blob id [0-9a-f]{40}, expected ${GIT_BLOB}`),
    })
    assert.ok(!existsSync(to) && !existsSync(`${to}.part`))
  })

  it('does not begin on a file of another size than published', async () => {
    const onProgress = () => assert.fail('it began')
    await assert.rejects(fetchIt({ check: { bytes: 5 }, onProgress }), {
      code: 'WEIGHTS_CHECKSUM',
      message: /100000 bytes or more, expected 5/,
    })
    assert.ok(!existsSync(`${to}.part`))
  })

  it('stops a body that runs past the published size without having said its own', async () => {
    let sent = 0
    handler = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000))) sent += 10_000
      }
      response.on('drain', more)
      more()
    }
    await assert.rejects(fetchIt({ check: { bytes: 50_000 } }), {
      code: 'WEIGHTS_CHECKSUM',
      message: /expected 50000/,
    })
    assert.ok(sent > 0)
    assert.ok(!existsSync(`${to}.part`))
  })

  for (const status of [401, 403, 404, 410])
    it(`does not ask again after a ${status}`, async () => {
      handler = (_request, response) => response.writeHead(status).end('no')
      await assert.rejects(fetchIt(), { code: 'WEIGHTS_FETCH_REFUSED', message: new RegExp(`${status}`) })
      assert.equal(requests.length, 1)
    })

  it('asks again after a passing failure, waiting longer every time', async () => {
    handler = (request, response, nth) =>
      nth < 4
        ? response.writeHead([503, 429, 500][nth - 1]!).end()
        : serveFile(CONTENT)(request, response, nth)
    await fetchIt()
    assertFetched()
    assert.deepEqual(waits, [1_000, 2_000, 4_000])
  })

  it('gives up after six attempts without progress, keeping what is there', async () => {
    leavePart(60_000, ETAG)
    handler = (_request, response) => response.writeHead(503).end()
    await assert.rejects(fetchIt(), {
      code: 'WEIGHTS_FETCH_FAILED',
      message: /6 attempts .* 60000 bytes .* 503/,
    })
    assert.equal(requests.length, 6)
    assert.equal(readFileSync(`${to}.part`).length, 60_000)
  })

  it('does not give up while every attempt gets further', async () => {
    handler = (request, response, nth) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '0')![0])
      if (nth === 1) begin(response, 10_000)
      else if (start >= 90_000) serveFile(CONTENT)(request, response, nth)
      else {
        const range = `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}`
        response.writeHead(206, { 'content-range': range }).write(CONTENT.subarray(start, start + 10_000))
      }
    }
    await fetchIt({ onProgress: breakingEvery(10_000) })
    assertFetched()
    assert.equal(requests.length, 10)
  })

  it('goes on where the server ends a part of the file before its end', async () => {
    leavePart(60_000, ETAG)
    handler = (request, response, nth) =>
      nth === 1
        ? response
            .writeHead(206, { 'content-range': `bytes 60000-99999/${CONTENT.length}` })
            .end(CONTENT.subarray(60_000, 70_000))
        : serveFile(CONTENT)(request, response, nth)
    await fetchIt()
    assertFetched()
    assert.equal(requests[1]!.headers.range, 'bytes=70000-')
  })

  it('takes no length and no mark from an answer that is packed on the way', async () => {
    const packed = gzipSync(CONTENT)
    const totals = new Set<number | null>()
    handler = (request, response) => {
      assert.equal(request.headers['accept-encoding'], 'identity')
      const headers = { etag: ETAG, 'content-encoding': 'gzip', 'content-length': String(packed.length) }
      response.writeHead(200, headers).end(packed)
    }
    const onProgress = ({ done, total }: { done: number; total: number | null }) => {
      totals.add(total)
      if (done > 0) assert.ok(!existsSync(`${to}.part.validator`))
    }
    await fetchIt({ onProgress })
    assertFetched()
    assert.deepEqual([...totals], [null])
  })

  it('gives a connection up on which nothing comes any more', async () => {
    handler = (request, response, nth) => {
      if (nth > 1) return serveFile(CONTENT)(request, response, nth)
      begin(response, 30_000)
    }
    await fetchIt({ stallMs: 100 })
    assertFetched()
    assert.equal(requests[1]!.headers.range, 'bytes=30000-')
  })

  it('says which server could not be reached and why', async () => {
    const refused = Object.assign(new TypeError('fetch failed'), {
      cause: new Error('connect ECONNREFUSED 192.0.2.1'),
    })
    await assert.rejects(fetchIt({ fetch: () => Promise.reject(refused) }), {
      code: 'WEIGHTS_FETCH_FAILED',
      message: /127\.0\.0\.1.*ECONNREFUSED 192\.0\.2\.1/,
    })
  })

  it('ends with the reason of its signal, keeping what is there', async () => {
    const control = new AbortController()
    const reason = new Error('the user has changed their mind')
    handler = (_request, response) => {
      begin(response, 30_000)
    }
    const onProgress = ({ done }: { done: number }) => void (done === 30_000 && control.abort(reason))
    await assert.rejects(fetchIt({ signal: control.signal, onProgress }), reason)
    assert.equal(readFileSync(`${to}.part`).length, 30_000)
  })

  it('ends a wait between attempts with its signal, too', async () => {
    const control = new AbortController()
    const reason = new Error('enough')
    handler = (_request, response) => response.writeHead(503).end()
    const sleep = async () => {
      control.abort(reason)
      throw new Error('woken')
    }
    await assert.rejects(fetchIt({ signal: control.signal, sleep }), reason)
    assert.equal(requests.length, 1)
  })

  it('says that the disk is full where it is', async function () {
    if (process.platform !== 'linux') this.skip()
    symlinkSync('/dev/full', `${to}.part`)
    await assert.rejects(fetchIt(), { code: 'WEIGHTS_WRITE', message: /disk is full/ })
    assert.equal(requests.length, 1)
  })

  it('says where it cannot write', async () => {
    writeFileSync(to, 'a file, not a folder')
    await assert.rejects(fetchIt({ to: `${to}/file.bin` }), {
      code: 'WEIGHTS_WRITE',
      message: /cannot be written/,
    })
  })
})

describe('checking a file that is already there', () => {
  const at = scratchFolder()

  it('takes the right one, by any of its marks', async () => {
    const file = at('right', CONTENT)
    const facts = { bytes: CONTENT.length, sha256: SHA256 }
    assert.deepEqual(await checkFile(file, { sha256: SHA256 }), facts)
    assert.deepEqual(await checkFile(file, { gitBlob: GIT_BLOB }), facts)
    assert.deepEqual(await checkFile(file, { bytes: CONTENT.length }), facts)
  })

  it('knows git’s own id of an empty file', async () => {
    await checkFile(at('empty', ''), { gitBlob: 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391' })
  })

  it('refuses a wrong one and leaves it', async () => {
    const file = at('wrong', 'wrong')
    const wrong = { code: 'WEIGHTS_CHECKSUM', message: /wrong is not the published file: .* expected / }
    await assert.rejects(checkFile(file, { sha256: SHA256 }), wrong)
    await assert.rejects(checkFile(file, { gitBlob: GIT_BLOB }), wrong)
    await assert.rejects(checkFile(file, { bytes: 4 }), wrong)
    assert.ok(existsSync(file))
  })

  it('says so where there is none', async () => {
    await assert.rejects(checkFile(at('none'), {}), { code: 'WEIGHTS_FILE_MISSING' })
  })
})
