import assert from 'node:assert/strict'
import { offeredBy, onnxruntimePackage } from '../../../cli/doctor/onnxruntime.ts'
import { thisMachine } from '../../../engine/machine/index.ts'
import { machineOf, type Stage } from '../../support/machines.ts'

const BOX = { folder: '/box/node_modules/onnxruntime-node', version: '1.30.0' }
const offered = (said: NonNullable<Stage['commands']>[string]) =>
  offeredBy(machineOf({ commands: { [process.execPath]: said } }), BOX)

describe('what a build of onnxruntime-node offers', () => {
  it('is asked of it in a process of its own', async () => {
    const { devices } = await offeredBy(thisMachine(), onnxruntimePackage()!)
    assert.ok(devices?.includes('cpu'))
  })

  it("is unknown where it does not load; the loader's own words say why", async () => {
    const stderr =
      'node:internal/modules\n\nError: Error loading shared library ld-linux-x86-64.so.2: No such file\n  at x'
    assert.deepEqual(await offered({ status: 1, stdout: '', stderr }), {
      devices: null,
      why: 'Error: Error loading shared library ld-linux-x86-64.so.2: No such file',
    })
  })

  it('is unknown where loading it ends the process', async () => {
    const { devices, why } = await offered({ status: null, stdout: '', stderr: '' })
    assert.deepEqual([devices, why], [null, 'the process that loads it is ended by a signal'])
  })
})
