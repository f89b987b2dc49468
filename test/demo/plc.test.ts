import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openConnection, readValues, writeValues } from '../../connect/opcua/client/index.ts'
import {
  LEVELS,
  type Outcome,
  PLC_ERRORS,
  QUIET_PLC,
  runHandshake,
} from '../../connect/opcua/handshake/index.ts'
import { openPki } from '../../connect/opcua/pki/index.ts'
import { startCameraServer } from '../../demo/camera-server.ts'
import { freePort } from '../../demo/node-red.ts'
import { printedResult } from '../../demo/plc-line.ts'
import { watching } from '../../demo/plc-memory.ts'
import { type BoxView, inspectPart, type PlcSignals, untilReady } from '../../demo/plc-program.ts'
import { befriend } from '../../demo/trust.ts'
import { online, settingsFor, until } from '../connect/opcua/client/connections.ts'
import { fakeLog } from '../connect/opcua/handshake/fake-log.ts'

const PASS: Outcome = { kind: 'verdict', pass: true, level: LEVELS.ok, score: 0.25, threshold: 0.5 }
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
const small = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** The program over a real handshake, without a network. */
const startBox = async (outcome: Outcome) => {
  let view: BoxView | null = null
  const memory = watching(() => view)
  const finish = (acquisitionId: number | null) =>
    handshake.finish({
      outcome,
      acquisitionId,
      overlay: null,
      facts: { capturedAt: '', id: '', source: '', reason: '' },
    })
  const handshake = await runHandshake({
    log: fakeLog(),
    acknowledged: true,
    maxWaiting: 10,
    standing: QUIET_PLC,
    inspectionTimeoutMs: 10_000,
    show: (signals) => {
      view = Object.fromEntries(
        Object.entries(signals).map(([name, value]) => [capital(name), value]),
      ) as unknown as BoxView
      memory.changed()
    },
    acquire: ({ acquisitionId }) => setImmediate(() => void finish(acquisitionId)),
    notice: () => {},
  })
  handshake.setOnline(true)
  const plc: PlcSignals = {
    until: memory.until,
    read: async () => view!,
    set: async (changes) =>
      handshake.plc(Object.fromEntries(Object.entries(changes).map(([name, value]) => [small(name), value]))),
  }
  await untilReady(plc, new AbortController().signal)
  return { plc, finish, handshake }
}

describe('the program of the simulated PLC', () => {
  const { signal } = new AbortController()

  it('takes one part after the other through the handshake', async () => {
    const { plc, handshake } = await startBox(PASS)
    for (const id of [1, 2, 3]) {
      const { JobPass, AcquisitionId } = await inspectPart(plc, 'nut', signal)
      assert.deepEqual({ JobPass, AcquisitionId }, { JobPass: true, AcquisitionId: id })
    }
    assert.equal(handshake.signals().triggerReady, true)
    assert.equal(handshake.signals().missedAcquisitions, 0)
  })

  it('clears an error and goes on', async () => {
    const { plc, handshake } = await startBox({ kind: 'error', errorCode: PLC_ERRORS.image })
    const { Error: failed, ErrorCode, JobPass } = await inspectPart(plc, 'nut', signal)
    assert.deepEqual({ failed, ErrorCode, JobPass }, { failed: true, ErrorCode: 100, JobPass: false })
    assert.equal(handshake.signals().triggerReady, true)
  })

  it('does not take what an earlier run has left for the part before it', async () => {
    const { plc, finish } = await startBox(PASS)
    await finish(null)
    assert.equal((await inspectPart(plc, 'nut', signal)).AcquisitionId, 2)
  })

  it('ends when it is told to, wherever it waits', async () => {
    const { plc, handshake } = await startBox(PASS)
    handshake.setOnline(false)
    const ending = new AbortController()
    const waiting = inspectPart(plc, 'nut', ending.signal)
    ending.abort()
    await assert.rejects(waiting, { name: 'AbortError' })
  })
})

describe('the simulated camera', function () {
  this.timeout(120_000)

  it('takes a picture for whoever raises Camera.Trigger, and is open to trusted clients alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camera-'))
    await using ending = new AsyncDisposableStack()
    ending.defer(() => rm(folder, { recursive: true, force: true }))
    const server = await openPki(join(folder, 'camera'), { hostname: 'camera' })
    ending.defer(() => server.close())
    const client = await openPki(join(folder, 'client'))
    ending.defer(() => client.close())
    const port = await freePort()
    const camera = await startCameraServer(port, server)
    ending.defer(() => camera.close())
    const connection = openConnection(settingsFor(camera.url, join(folder, 'client')))
    ending.defer(() => connection.close())
    await until(connection, ({ state }) => state === 'untrusted')
    await befriend(client, server)
    await online(connection)
    camera.place(Buffer.from('a picture'))
    const ids = ['ns=1;s=Camera.Image', 'ns=1;s=Camera.Sequence']
    const before = await readValues(connection, ids)
    assert.equal(before[1]!.value.value, 0)
    await writeValues(connection, [{ nodeId: 'ns=1;s=Camera.Trigger', value: true }])
    await writeValues(connection, [{ nodeId: 'ns=1;s=Camera.Trigger', value: true }])
    const [image, sequence] = await readValues(connection, ids)
    assert.equal(sequence!.value.value, 1)
    assert.equal(String(image!.value.value), 'a picture')
  })
})

describe('a printed part of the PLC', () => {
  const part = { product: 'nut', sample: 'nut-good', good: true }
  const RESULT = {
    TriggerReady: false,
    TriggerAck: false,
    ResultsValid: true,
    Error: false,
    ErrorCode: 0,
    JobPass: true,
    Score: 0.25,
    Threshold: 0.5,
    Level: 1,
    AcquisitionId: 7,
    ms: 33.4,
  }
  const line = (changes: Partial<typeof RESULT>, good = true): string =>
    printedResult(
      'PLC calls',
      { ...part, good },
      { ...RESULT, ...changes },
      { passed: 3, rejected: 4 },
    ).replace(/ +/g, ' ')

  it('says verdict, score against threshold, station, milliseconds and the counts', () =>
    assert.match(
      line({}),
      /^\d\d:\d\d:\d\d nut pass score 0\.2500 < 0\.5000 PLC calls 33 ms right \(nut-good; acquisition 7, 3 passed, 4 rejected\)$/,
    ))

  it('says what was wrong', () => {
    assert.match(line({ JobPass: false }), / reject .* WRONG /)
    assert.match(line({}, false), / pass .* WRONG /)
  })

  it('shows the code of an error and takes the part out', () =>
    assert.match(
      line({ Error: true, ErrorCode: 202, JobPass: false }),
      / error 202 score none .* taken out /,
    ))
})
