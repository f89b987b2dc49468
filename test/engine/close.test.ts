import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { faulty } from '../support/engine/faults.ts'
import { grey } from '../support/engine/images.ts'
import { startStub, statusWhere } from '../support/engine/stub-engine.ts'

/** Whether a process still runs; one that only waits for its parent to take note (a zombie) does not. */
const runs = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/\) Z /.test(stat)
}

const hasEnded = async (pid: number): Promise<void> => {
  while (await runs(pid)) await sleep(20)
}

describe('closing an engine', () => {
  it('ends its process and rejects what waits and what runs, though the process cannot hear', async () => {
    const engine = startStub({ batch: { maxImages: 1 } })
    const running = engine.infer({ image: faulty('hangs') })
    const waiting = engine.infer({ image: grey(51) })
    const { pid } = await statusWhere(engine, (status) => status.running === 1)
    const rejected = Promise.all(
      [running, waiting].map((job) => assert.rejects(job, { code: 'ENGINE_CLOSED' })),
    )
    await engine.close()
    await rejected
    assert.equal(await runs(pid!), false)
    assert.deepEqual([engine.status().state, engine.status().pid], ['closed', null])
  }).timeout(5000)

  it('ends a process that is still loading', async () => {
    const engine = startStub()
    const { pid } = engine.status()
    await engine.close()
    assert.equal(await runs(pid!), false)
    await assert.rejects(engine.ready, { code: 'ENGINE_CLOSED' })
  }).timeout(5000)

  it('rejects later images', async () => {
    const engine = startStub()
    await engine.close()
    await assert.rejects(engine.infer({ image: grey(51) }), { code: 'ENGINE_CLOSED' })
  })

  it('may be asked for twice', async () => {
    const engine = startStub()
    await engine.ready
    await Promise.all([engine.close(), engine.close()])
    await engine.close()
  })
})

describe('the inference process', () => {
  it('ends with a flow that was killed, even while it is in a call that never returns', async () => {
    const entry = fileURLToPath(new URL('../support/engine/parent.ts', import.meta.url))
    const parent = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    assert.equal(await runs(pid), true)
    parent.kill('SIGKILL')
    await hasEnded(pid)
  })
})
