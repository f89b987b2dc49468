import assert from 'node:assert/strict'
import { nodeIdFrom } from '../../../connect/opcua/node-id.ts'
import { isCodedError } from '../../../errors/index.ts'

describe('the text of a node id', () => {
  for (const [text, read] of [
    ['ns=2;s=Camera.Image', 'ns=2;s=Camera.Image'],
    [' ns=2;i=1234 ', 'ns=2;i=1234'],
    ['i=2253', 'ns=0;i=2253'],
    ['ns=3;s="DB_Camera"."Image"', 'ns=3;s="DB_Camera"."Image"'],
    ['ns=65535;i=4294967295', 'ns=65535;i=4294967295'],
    ['ns=1;g=09087e75-8e5e-499b-954f-f2a9603db28a', 'ns=1;g=09087E75-8E5E-499B-954F-F2A9603DB28A'],
    ['ns=1;b=M/RbKBsRVkePCePcx24oRA==', 'ns=1;b=M/RbKBsRVkePCePcx24oRA=='],
  ] as const)
    it(`${text.trim()} is read`, () => {
      assert.equal(String(nodeIdFrom(text, 'the image')), read)
    })

  for (const text of [
    '',
    'Camera',
    'ns=2',
    'ns=2;',
    'ns=2;s=',
    'ns=65536;i=1',
    'ns=1;i=4294967296',
    'ns=x;i=1',
    'i=-1',
    'g=1',
  ])
    it(`"${text}" is refused`, () => {
      assert.throws(
        () => nodeIdFrom(text, 'the image'),
        (thrown) => isCodedError(thrown, 'OPCUA_NODE_ID'),
      )
    })
})
