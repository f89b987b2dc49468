import assert from 'node:assert/strict'
import { dotFor } from '../../../nodes/opcua-image/status.ts'
import { ONLINE } from '../../support/connection-status.ts'

const textOf = (images: number, missed: number) =>
  dotFor(ONLINE, { images, missed, errors: 0, skipped: 0 }, null).text ?? assert.fail()

describe('the status of opcua-image', () => {
  it('counts images, and those that were missed once there are any', () => {
    assert.equal(textOf(0, 0), '0 images')
    assert.equal(textOf(12, 3), '12 images, 3 missed')
  })

  it('stays under 20 characters, whatever the counts', () => {
    for (const images of [0, 99, 999, 9_999, 123_456, 999_999, 98_765_432])
      for (const missed of [0, 1, 99, 999, 9_999, 999_999, 1_000_000_000])
        assert.ok(textOf(images, missed).length < 20, textOf(images, missed))
  })

  it('is red with the words of the last error, and that of the connection while there is no session', () => {
    const counts = { images: 1, missed: 0, errors: 1, skipped: 0 }
    assert.deepEqual(dotFor(ONLINE, counts, 'OPCUA_IMAGE_TOO_LARGE: …'), {
      fill: 'red',
      shape: 'dot',
      text: 'image too large',
    })
    assert.equal(dotFor({ ...ONLINE, state: 'untrusted' }, counts, 'OPCUA_IMAGE_BAD: …').text, 'not trusted')
  })
})
