import assert from 'node:assert/strict'
import { codedError } from '../../../errors/index.ts'
import type { Commands } from '../../../nodes/anomalyclip-train/commands.ts'
import { obeyWith } from '../../../nodes/anomalyclip-train/obey.ts'
import type { NodeStatus } from '../../../nodes/wiring/index.ts'

describe('a word in msg.control', () => {
  let isTraining: boolean
  let shown: NodeStatus[]
  beforeEach(() => {
    isTraining = false
    shown = []
  })

  const show = (status: NodeStatus) => void shown.push(status)
  const obey = obeyWith(
    {
      train: async () => null,
      cancel: async () => isTraining,
      deploy: () => Promise.reject(codedError('RETRAINING_OFFER', 'none')),
      goBack: async () => ({
        control: 'reset',
        payload: null,
        deployed: { model: 'nano', before: 'line-1' },
      }),
    } as unknown as Commands,
    { show, showAside: show, showGathered: async () => show({ text: 'gathered' }) },
  )
  const say = (control: unknown) => obey({ _msgid: '1', control }, true)

  it('is known however it is written, with blanks and line ends around it', async () => {
    assert.equal(await say('Train '), null)
    assert.deepEqual(shown, [{ text: 'gathered' }])
    await assert.rejects(say('DEPLOY'), { code: 'RETRAINING_OFFER' })
    const outgoing = await say('back\r\n')
    assert.ok(Array.isArray(outgoing))
    assert.equal((outgoing[3] as { control?: unknown }).control, 'reset')
  })

  it('is refused with those that are known, where it is none of them', async () => {
    for (const word of ['start', '', 7, null, Buffer.from('train')])
      await assert.rejects(say(word), {
        code: 'RETRAINING_INPUT',
        message: /"train", "cancel", "deploy" or "back"/,
      })
    assert.equal(shown.at(-1)?.text, 'RETRAINING_INPUT')
  })

  it('is answered where there was nothing to cancel, too', async () => {
    const nothing = { step: 'cancelled', text: 'this node was not training' }
    assert.deepEqual(await say('cancel'), [null, { _msgid: '1', payload: nothing }, null, null])
    isTraining = true
    const done = { step: 'cancelled', text: 'cancelled' }
    assert.deepEqual(await say('cancel'), [null, { _msgid: '1', payload: done }, null, null])
  })
})
