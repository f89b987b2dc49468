import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { PALETTE_NPM, runNpm } from '../support/npm.ts'
import { startPlant } from '../support/plant.ts'
import { expectedScore, sample } from '../support/samples.ts'

const VERSION = '4.1.8'
const FILE = 'wood-bad-thread.png'

/** Needs the package registry: Node-RED 4 is not among this project's dependencies. */
describe('Node-RED 4', function () {
  this.timeout(300_000)
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-red-4-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it(`${VERSION} loads the package and inspects an image`, async function () {
    needMosquitto(this)
    const { stderr } = runNpm(PALETTE_NPM, folder, [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--fetch-retries=1',
      `node-red@${VERSION}`,
    ])
    const program = join(folder, 'node_modules', 'node-red')
    if (!existsSync(program)) {
      if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(stderr)) assert.fail(stderr)
      console.warn('      skipped: the package registry cannot be reached')
      this.skip()
    }
    const plant = await startPlant({
      program,
      lines: [modelNode('model'), ...line({ name: 'line', model: 'model' })],
    })
    try {
      assert.ok(
        plant.log.some((text) => text.includes(`Node-RED version: v${VERSION}`)),
        plant.log.join('\n'),
      )
      const { events } = await plant.listen('line')
      await plant.publish('line/image/1', sample(FILE))
      const [event] = await events.until((all) => all.length > 0)
      assert.equal(event?.data.verdict.level, 'alarm')
      assert.ok(Math.abs((event?.data.score ?? Number.NaN) - expectedScore(FILE)) < 1e-3)
    } finally {
      await plant.close()
    }
  })
})
