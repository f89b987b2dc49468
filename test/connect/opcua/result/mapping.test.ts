import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { checkMapping, type Mapping } from '../../../../connect/opcua/result/signals.ts'
import { isCodedError } from '../../../../errors/index.ts'
import { inspectPart, readResult } from '../../../support/plc-server.ts'
import { type Box, type BoxOptions, makeKeys, openBox, verdict } from './open-box.ts'

describe('a mapping of signals to nodes', () => {
  const refused = (mapping: Mapping, words: RegExp): void =>
    assert.throws(
      () => checkMapping(mapping),
      (error: unknown) => isCodedError(error, 'OPCUA_MAPPING') && words.test(error.message),
    )

  it('needs a node for the result', () => {
    refused({}, /ResultsValid nor JobPass/)
    refused({ Score: 'ns=1;s=a' }, /ResultsValid nor JobPass/)
    checkMapping({ JobPass: 'ns=1;s=a' })
    checkMapping({ ResultsValid: 'ns=1;s=a' })
  })

  it('needs all that a PLC waits for, where it asks for something', () => {
    refused({ Trigger: 'ns=1;s=a', JobPass: 'ns=1;s=b' }, /Trigger .*ResultsValid/)
    refused({ Trigger: 'ns=1;s=a', ResultsValid: 'ns=1;s=b' }, /Error/)
    refused({ ResultsAck: 'ns=1;s=a', ResultsValid: 'ns=1;s=b' }, /Error/)
    checkMapping({ Trigger: 'ns=1;s=a', ResultsValid: 'ns=1;s=b', InspectionCompleted: 'ns=1;s=c' })
  })

  it('gives each signal a node of its own, however it is written', () => {
    refused({ ResultsValid: 'ns=0;i=85', JobPass: 'i=85' }, /same node/)
  })

  it('holds node ids and nothing else', () => {
    assert.throws(
      () => checkMapping({ ResultsValid: 'DB_Vision.Valid' }),
      (error: unknown) => isCodedError(error, 'OPCUA_NODE_ID'),
    )
  })
})

describe('variables of the PLC', function () {
  this.timeout(180_000)
  let keys: string
  let box: Box
  const open = async (options?: Omit<BoxOptions, 'keys'>): Promise<Box> => {
    box = await openBox({ ...options, keys })
    box.plc.set({ TriggerEnable: options?.plc?.types?.TriggerEnable === undefined ? true : 1 })
    return box
  }
  before(async () => {
    keys = await makeKeys()
  })
  afterEach(() => box?.close())
  after(() => rm(keys, { recursive: true, force: true }))

  it('flags may be whole numbers, and numbers of other types', async () => {
    const { plc } = await open({
      plc: {
        types: {
          TriggerEnable: 'Byte',
          Trigger: 'Int16',
          ResultsAck: 'UInt16',
          ClearError: 'SByte',
          JobId: 'Int32',
          Online: 'Byte',
          TriggerReady: 'Int16',
          TriggerAck: 'UInt32',
          ResultsValid: 'Byte',
          JobPass: 'Int32',
          Score: 'Double',
          Threshold: 'String',
          Level: 'SByte',
          ErrorCode: 'Int32',
          AcquisitionId: 'Int64',
          MissedAcquisitions: 'Float',
          Heartbeat: 'Boolean',
        },
      },
    })
    box.answerAll(({ acquisitionId }) => verdict(0.25, acquisitionId))
    await plc.until('TriggerReady', ({ TriggerReady }) => TriggerReady === 1)
    plc.set({ JobId: 4711 })
    plc.set({ Trigger: 1 })
    const read = await plc.until('ResultsValid', ({ ResultsValid }) => ResultsValid === 1)
    assert.equal(box.acquired[0]?.jobId, '4711')
    assert.deepEqual(
      [read.JobPass, read.Score, read.Threshold, read.Level, [...(read.AcquisitionId as number[])]],
      [1, 0.25, '0.5', 1, [0, 1]],
    )
    plc.set({ Trigger: 0, ResultsAck: 2 })
    await plc.until('ResultsValid to fall', ({ ResultsValid }) => ResultsValid === 0)
    assert.deepEqual(box.notices, [])
  })

  it('a variable of a wrong type is named, and no result is shown until it is right', async () => {
    const { plc, link } = await open({ plc: { types: { Score: 'Int16' } } })
    await link.finish(verdict(0.25))
    await plc.until('the other signals', ({ AcquisitionId }) => AcquisitionId === 1)
    const told = box.notices.filter((text) => /OPCUA_TYPE: Score .* Int16/.test(text))
    assert.equal(told.length, 1)
    assert.deepEqual(link.status().faulty, ['Score'])
    assert.deepEqual([plc.picture().ResultsValid, plc.picture().Online], [false, false])
    await box.stopPlc()
    await box.startPlc({ types: {} })
    const read = await readResult(box.plc)
    assert.deepEqual([read.AcquisitionId, read.Score], [1, 0.25])
    assert.deepEqual(link.status().faulty, [])
  })

  it('a variable that cannot be written is named once, and ResultsValid never rises', async () => {
    const { plc, link } = await open({ plc: { readOnly: ['JobPass'] } })
    await link.finish(verdict(0.25))
    await plc.until('the other signals', ({ AcquisitionId }) => AcquisitionId === 1)
    // Longer than several retries.
    await new Promise((later) => setTimeout(later, 1500))
    assert.deepEqual(
      box.notices.filter((text) => /OPCUA_SIGNAL: JobPass \(ns=1;s=JobPass\) .*BadNotWritable/.test(text))
        .length,
      1,
    )
    assert.equal(
      plc.writes.some(({ ResultsValid }) => ResultsValid === true),
      false,
    )
    assert.equal(
      plc.writes.some(({ TriggerReady }) => TriggerReady === true),
      false,
    )
    assert.deepEqual(link.status().faulty, ['JobPass'])
  })

  it('a variable that tells nothing of the result may be missing', async () => {
    const { plc } = await open({ plc: { readOnly: ['Busy', 'MissedAcquisitions'] } })
    box.answerAll(({ acquisitionId }) => verdict(0.25, acquisitionId))
    assert.equal((await inspectPart(plc, 'a')).Score, 0.25)
    assert.deepEqual([...box.link.status().faulty].sort(), ['Busy', 'MissedAcquisitions'])
  })

  it('a node of the PLC that does not exist is named, and Online stays false', async () => {
    const { plc, link } = await open({ mapping: { ...MAPPING, Trigger: 'ns=1;s=Missing' } })
    while (box.notices.length === 0) await new Promise((later) => setTimeout(later, 5))
    assert.match(
      box.notices.join(),
      /OPCUA_SIGNAL: Trigger \(ns=1;s=Missing\) cannot be read.*BadNodeIdUnknown/,
    )
    assert.deepEqual(link.status().faulty, ['Trigger'])
    assert.equal(plc.picture().Online, false)
  })
})

const MAPPING: Mapping = {
  Trigger: 'ns=1;s=Trigger',
  Online: 'ns=1;s=Online',
  ResultsValid: 'ns=1;s=ResultsValid',
  Error: 'ns=1;s=Error',
}
