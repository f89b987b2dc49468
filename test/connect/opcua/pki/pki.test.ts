import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { factsOf, openPki, type TrustChange } from '../../../../connect/opcua/pki/index.ts'
import { isCodedError } from '../../../../errors/index.ts'

describe('the folder of OPC UA certificates', function () {
  this.timeout(120_000)
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pki-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  const modeOf = async (...path: string[]): Promise<string> =>
    ((await stat(join(folder, ...path))).mode & 0o777).toString(8)

  /** A certificate of somebody else. */
  const stranger = async (hostname: string, now = new Date()): Promise<Buffer> => {
    const pki = await openPki(join(folder, hostname), { hostname, now: () => now })
    const { der } = pki.own
    await pki.close()
    return der
  }

  it('keeps the key to its owner', async () => {
    const pki = await openPki(join(folder, 'client'))
    await pki.close()
    assert.equal(await modeOf('client'), '700')
    assert.equal(await modeOf('client', 'own', 'private', 'private_key.pem'), '600')
  })

  it('makes a certificate of our own once, named after us and this machine', async () => {
    const said: string[] = []
    const open = () => openPki(folder, { hostname: 'box-7', log: (text) => said.push(text) })
    const first = await open()
    await first.close()
    const second = await open()
    await second.close()
    assert.equal(second.applicationUri, 'urn:box-7:anomalyclip:node-red')
    assert.equal(second.own.facts.applicationUri, second.applicationUri)
    assert.match(second.own.facts.subject, /^CN=AnomalyCLIP Node-RED box-7, O=AnomalyCLIP$/)
    assert.equal(second.own.facts.thumbprint, first.own.facts.thumbprint)
    assert.equal(said.length, 1)
    assert.ok(said[0]?.includes(first.own.facts.thumbprint))
  })

  it('makes a new one, and says so, when the machine has another name', async () => {
    const said: string[] = []
    const before = await openPki(folder, { hostname: 'old' })
    await before.close()
    const after = await openPki(folder, { hostname: 'new', log: (text) => said.push(text) })
    await after.close()
    assert.equal(after.own.facts.applicationUri, 'urn:new:anomalyclip:node-red')
    assert.notEqual(after.own.facts.thumbprint, before.own.facts.thumbprint)
    assert.match(said.join(), /urn:old:.*a new one was made.*Trust it in every PLC/)
  })

  it('makes a new one, and says so, when it has expired', async () => {
    const said: string[] = []
    const before = await openPki(folder)
    await before.close()
    const later = new Date(before.own.facts.validTo)
    const after = await openPki(folder, { now: () => later, log: (text) => said.push(text) })
    await after.close()
    assert.ok(new Date(after.own.facts.validTo) > later)
    assert.match(said.join(), /has expired on .*a new one was made/)
  })

  it('makes a new one in the place of one that a power cut has cut off', async () => {
    const before = await openPki(folder)
    await before.close()
    await writeFile(before.own.file, before.own.pem.slice(0, 100))
    const after = await openPki(folder)
    await after.close()
    assert.notEqual(after.own.facts.thumbprint, before.own.facts.thumbprint)
  })

  it('trusts nothing that nobody has trusted, and lists it', async () => {
    const der = await stranger('plc')
    const pki = await openPki(join(folder, 'client'))
    try {
      assert.deepEqual(await pki.list(), [])
      assert.deepEqual(await pki.isTrusted(der), { trusted: false, verdict: 'BadCertificateUntrusted' })
      const [listed, ...others] = await pki.list()
      assert.deepEqual(others, [])
      assert.equal(listed?.state, 'rejected')
      assert.equal(listed?.applicationUri, 'urn:plc:anomalyclip:node-red')
      assert.match(listed?.thumbprint ?? '', /^[0-9a-f]{40}$/)
      assert.match(listed?.sha256 ?? '', /^[0-9a-f]{64}$/)
    } finally {
      await pki.close()
    }
  })

  it('trusts by thumbprint, as it is shown or as it is written, and takes it back, and tells of both', async () => {
    const der = await stranger('plc')
    const pki = await openPki(join(folder, 'client'))
    try {
      await pki.isTrusted(der)
      const { thumbprint = '' } = (await pki.list())[0] ?? {}
      const told: TrustChange[] = []
      const forget = pki.onTrust((change) => told.push(change))
      await pki.trust(thumbprint.toUpperCase().replaceAll(/(..)/g, '$1 '))
      assert.equal((await pki.isTrusted(der)).trusted, true)
      assert.deepEqual(
        (await pki.list()).map(({ state }) => state),
        ['trusted'],
      )
      await pki.reject(thumbprint)
      assert.equal((await pki.isTrusted(der)).trusted, false)
      forget()
      await pki.trust(thumbprint)
      assert.deepEqual(told, [
        { thumbprint, trusted: true },
        { thumbprint, trusted: false },
      ])
    } finally {
      await pki.close()
    }
  })

  it('keeps what is trusted over a restart', async () => {
    const der = await stranger('plc')
    const before = await openPki(join(folder, 'client'))
    await before.isTrusted(der)
    await before.trust((await before.list())[0]?.thumbprint ?? '')
    await before.close()
    const after = await openPki(join(folder, 'client'))
    assert.equal((await after.isTrusted(der)).trusted, true)
    await after.close()
  })

  it('refuses one that has expired, though it was trusted', async () => {
    const pki = await openPki(join(folder, 'client'))
    const der = await stranger('old', new Date('2001-01-01'))
    await pki.isTrusted(der)
    await pki.trust(factsOf(der).thumbprint)
    assert.deepEqual(await pki.isTrusted(der), { trusted: false, verdict: 'BadCertificateTimeInvalid' })
    await pki.close()
  })

  it('goes on trusting one that is checked while another is being trusted', async () => {
    const pki = await openPki(join(folder, 'client'))
    const [known, other] = [await stranger('known'), await stranger('other')]
    const thumbprints: string[] = []
    for (const der of [known, other]) {
      await pki.isTrusted(der)
      thumbprints.push(factsOf(der).thumbprint)
    }
    await pki.trust(thumbprints[0]!)
    let changing = true
    const verdicts = new Set<string>()
    const checking = (async () => {
      while (changing) {
        verdicts.add((await pki.isTrusted(known)).verdict)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let turn = 0; turn < 5; turn++) {
      await pki.trust(thumbprints[1]!)
      await pki.reject(thumbprints[1]!)
    }
    changing = false
    await checking
    assert.deepEqual([...verdicts], ['Good'])
    await pki.close()
  })

  it('keeps the newest strangers only, so that nobody can fill the disk with certificates', async () => {
    const rejected = join(folder, 'client', 'rejected')
    await mkdir(rejected, { recursive: true })
    for (let number = 0; number < 130; number++) {
      const file = join(rejected, `${number}.pem`)
      await writeFile(file, 'an older stranger')
      await utimes(file, number, number)
    }
    const pki = await openPki(join(folder, 'client'))
    const der = await stranger('newest')
    assert.equal((await pki.isTrusted(der)).trusted, false)
    const left = await readdir(rejected)
    assert.equal(left.length, 100)
    assert.ok(left.includes('129.pem') && !left.includes('30.pem'))
    await pki.trust(factsOf(der).thumbprint)
    assert.equal((await pki.isTrusted(der)).trusted, true)
    await pki.close()
  })

  it('says so when there is no certificate of a thumbprint', async () => {
    const pki = await openPki(folder)
    try {
      for (const thumbprint of ['', 'ab'.repeat(20)])
        await assert.rejects(pki.trust(thumbprint), (error) => isCodedError(error, 'OPCUA_CERTIFICATE'))
    } finally {
      await pki.close()
    }
  })

  it('is shared by all who open it, and stays open for the last of them', async () => {
    const der = await stranger('plc')
    const [one, other] = await Promise.all([
      openPki(join(folder, 'client')),
      openPki(join(folder, 'client', '.')),
    ])
    assert.equal(one.manager, other.manager)
    await one.close()
    await one.close()
    assert.equal((await other.isTrusted(der)).trusted, false)
    await other.close()
    const again = await openPki(join(folder, 'client'))
    assert.notEqual(again.manager, one.manager)
    await again.close()
  })

  it('says so when it cannot be a folder', async () => {
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(openPki(join(folder, 'file', 'client')), (error) => isCodedError(error, 'OPCUA_PKI'))
    // A failed attempt leaves nothing behind.
    await rm(join(folder, 'file'))
    await (await openPki(join(folder, 'file', 'client'))).close()
  })
})
