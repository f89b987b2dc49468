import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureGain } from '../support/training-gain.ts'

describe('prompts learnt from random ones on the nano towers', () => {
  // tools/training-gain.ts is the whole of it: three seeds, and more images.
  it('find scratches on textures that they have not seen better than the random ones', async function () {
    this.timeout(90_000)
    const folder = await mkdtemp(join(tmpdir(), 'anomalyclip-gain-'))
    try {
      const { gains } = await measureGain(folder, [1], { training: 80, heldOut: 40, epochs: 5 })
      const [{ untrained, trained }] = gains as [(typeof gains)[number]]
      const found = JSON.stringify({ untrained, trained })
      assert.ok(trained.image > untrained.image + 0.05, found)
      assert.ok(trained.pixel > untrained.pixel + 0.03, found)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
