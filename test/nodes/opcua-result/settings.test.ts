import assert from 'node:assert/strict'
import type { PlcLinkStatus } from '../../../connect/opcua/result/index.ts'
import type { ErrorCode } from '../../../errors/index.ts'
import { isCodedError } from '../../../errors/index.ts'
import { type OpcUaResultConfig, readSettings } from '../../../nodes/opcua-result/settings.ts'
import { dotFor } from '../../../nodes/opcua-result/status.ts'
import { QUIET_BOX } from '../../support/box-signals.ts'
import { ONLINE } from '../../support/connection-status.ts'

const ROWS = [
  { signal: 'Trigger', nodeId: ' ns=3;s="Vision"."Trigger" ' },
  { signal: 'ResultsValid', nodeId: 'ns=3;i=7' },
  { signal: 'Error', nodeId: 'ns=3;i=8' },
  { signal: 'Score', nodeId: '' },
]
const config = (changes: object): OpcUaResultConfig =>
  ({
    id: 'n',
    type: 'opcua-result',
    version: 1,
    connection: 'plc',
    mapping: ROWS,
    ...changes,
  }) as OpcUaResultConfig
const refused = (changes: object, code: ErrorCode): void =>
  assert.throws(
    () => readSettings(config(changes)),
    (error: unknown) => isCodedError(error, code),
  )

describe('the configuration of opcua-result', () => {
  it('maps the signals that have a node', () => {
    assert.deepEqual(readSettings(config({})), {
      mapping: { Trigger: 'ns=3;s="Vision"."Trigger"', ResultsValid: 'ns=3;i=7', Error: 'ns=3;i=8' },
      inspectionTimeoutMs: 30_000,
      publishingMs: 20,
      heartbeatMs: 1000,
      maxWaiting: 1000,
    })
  })

  it('a mapping that cannot work is refused before anything is opened', () => {
    refused({ mapping: undefined }, 'NODE_CONFIG')
    refused({ mapping: [] }, 'OPCUA_MAPPING')
    refused({ mapping: [...ROWS, { signal: 'Triger', nodeId: 'i=9' }] }, 'NODE_CONFIG')
    refused({ mapping: [...ROWS, { signal: 'Trigger', nodeId: 'i=9' }] }, 'NODE_CONFIG')
    refused({ mapping: [...ROWS, { signal: 'JobPass', nodeId: 'DB1.Pass' }] }, 'OPCUA_NODE_ID')
    refused({ mapping: ROWS.filter(({ signal }) => signal !== 'Error') }, 'OPCUA_MAPPING')
  })

  it('numbers out of range and later versions are refused', () => {
    refused({ inspectionTimeoutS: '0' }, 'NODE_CONFIG')
    refused({ maxWaiting: '1.5' }, 'NODE_CONFIG')
    refused({ version: 2 }, 'NODE_CONFIG')
  })
})

describe('the dot of opcua-result', () => {
  const signals: PlcLinkStatus['signals'] = { ...QUIET_BOX, acquisitionId: 12 }
  const dot = (changes: Partial<PlcLinkStatus['signals']>, rest: Partial<PlcLinkStatus> = {}) =>
    dotFor({
      connection: ONLINE,
      faulty: [],
      late: 0,
      ...rest,
      signals: { ...signals, ...changes },
    })

  it('says where the handshake stands', () => {
    assert.deepEqual(dot({}), { fill: 'green', shape: 'dot', text: 'ready' })
    assert.equal(dot({ missedAcquisitions: 3 }).text, 'ready m3')
    assert.deepEqual(dot({ triggerReady: false, busy: true }), {
      fill: 'blue',
      shape: 'dot',
      text: 'busy 12',
    })
    assert.equal(dot({ triggerReady: false, resultsValid: true }).text, 'result 12 waits')
    assert.deepEqual(dot({ triggerReady: false, error: true, errorCode: 202 }), {
      fill: 'red',
      shape: 'dot',
      text: 'error 202',
    })
    assert.equal(dot({}, { late: 2 }).text, 'ready l2')
  })

  it('tells the truth of the connection before anything else', () => {
    const connection = { ...ONLINE, state: 'waiting', lastError: 'OPCUA_CONNECTION_LOST: x' } as const
    assert.equal(dotFor({ connection, signals, faulty: ['Score'], late: 0 }).fill, 'red')
    assert.equal(dotFor({ connection, signals, faulty: [], late: 0 }).text, 'connection lost')
  })

  it('names a signal that cannot be read or written', () => {
    assert.deepEqual(dot({}, { faulty: ['Score'] }), { fill: 'red', shape: 'ring', text: 'fault Score' })
  })
})
