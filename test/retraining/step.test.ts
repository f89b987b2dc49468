import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStep } from '../../retraining/step.ts'
import { goldenFolder } from '../support/golden.ts'
import { commandsOf } from '../support/processes.ts'
import { drawFolder } from '../support/training-images.ts'

describe('a step in the background', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'step-'))
    await drawFolder(join(folder, 'parts'), 8, 64)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const args = (clip: string): string[] => [
    ...[
      'train',
      '--method',
      'anomalyclip',
      '--clip',
      clip,
      '--dataset',
      'folder',
      '--root',
      join(folder, 'parts'),
    ],
    ...[
      '--image-size',
      '64',
      '--dpam-layers',
      '4',
      '--depth',
      '4',
      '--epochs',
      '500',
      '--output',
      join(folder, 'out'),
    ],
  ]
  const CLIP = join(goldenFolder('tiny-b'), 'clip.safetensors')

  it('fails with the code that the command ends with', async () => {
    const { signal } = new AbortController()
    await assert.rejects(runStep(args('/no/weights.pt'), { signal, onLine: () => {} }), {
      code: 'WEIGHTS_FILE_MISSING',
    })
  })

  it('fails with how to go on where it is killed', async () => {
    const { signal } = new AbortController()
    const step = runStep(args(CLIP), {
      signal,
      onLine: () => {
        for (const pid of commandsOf(process.pid)) process.kill(pid, 'SIGKILL')
      },
    })
    await assert.rejects(step, {
      code: 'RETRAINING_STEP',
      message: /train was ended by SIGKILL.*Train again/,
    })
  })

  it('ends soon when it is told to, and tells its progress until then', async () => {
    const controller = new AbortController()
    const lines: string[] = []
    const step = runStep(args(CLIP), {
      signal: controller.signal,
      onLine: (line) => {
        lines.push(line)
        if (line.startsWith('epoch 2 of')) controller.abort(new Error('enough'))
      },
    })
    await assert.rejects(step, /enough/)
    assert.ok(lines.some((line) => line.startsWith('training on 8 images')))
  })

  it('names the images that it could not use, and nothing else that it says', async () => {
    await writeFile(join(folder, 'parts', 'good', 'broken.png'), 'no image')
    const evaluated = join(folder, 'evaluated')
    const model = ['--model', 'nano', '--output', evaluated, '--resume']
    const { problems } = await runStep(
      ['evaluate', '--dataset', 'folder', '--root', join(folder, 'parts'), ...model],
      { signal: new AbortController().signal, onLine: () => {} },
    )
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0]!, /^good\/broken\.png: /)
  }).timeout(60_000)
})
