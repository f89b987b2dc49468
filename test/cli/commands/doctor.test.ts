import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Check } from '../../../cli/doctor/types.ts'
import { root } from '../../../tools/tree.ts'
import { anomalyclip, inNewFolder } from '../anomalyclip.ts'

interface Report {
  readonly device: string
  readonly usable: boolean
  readonly checks: readonly Check[]
}

const checkOf = ({ checks }: Report, id: string) => checks.find((check) => check.id === id)

describe('anomalyclip doctor', () => {
  it('runs nano here and says how near it is to its reference', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stdout, stderr } = await anomalyclip(['doctor'], { cwd })
      assert.equal(status, 0, stderr)
      assert.match(
        stdout,
        /^ok +Device CPU +nano matches reference, largest difference .*\(allowed: 0\.01 and 0\.01\)$/m,
      )
      assert.match(stdout, /\nThe device cpu can be used\.\n$/)
    })
  })

  it('--json says the same to programs, and its exit status is that of the device that was asked for', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stdout } = await anomalyclip(['doctor', '--json', '--device', 'cuda', 'nano'], { cwd })
      const report = JSON.parse(stdout) as Report
      const device = checkOf(report, 'device-cuda')
      assert.deepEqual([report.device, report.usable], ['cuda', status === 0])
      assert.equal(status === 0, device?.verdict === 'ok')
      assert.equal(checkOf(report, 'device-cpu')?.verdict, 'ok')
    })
  })

  it('works where onnxruntime does not load, as on musl, and says so', async () => {
    await inNewFolder(async (cwd) => {
      const env = { NODE_OPTIONS: `--require=${join(root, 'test/support/no-onnxruntime.cjs')}` }
      const { status, stdout } = await anomalyclip(['doctor'], { cwd, env })
      assert.equal(status, 1)
      assert.match(stdout, /^missing +onnxruntime +.*does not load: .*ld-linux-x86-64\.so\.2/m)
      assert.equal((await anomalyclip(['models'], { cwd, env })).status, 1, 'the other commands need it')
    })
  })

  it('of a model that is not there is a finding, not a crash', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stdout } = await anomalyclip(['doctor', './nowhere'], { cwd })
      assert.equal(status, 1)
      assert.match(stdout, /^missing +Model +MODEL_MISSING/m)
    })
  })
})
