import { join } from 'node:path'
import { modelsDir } from '../../engine/index.ts'
import { thisMachine } from '../../engine/machine/index.ts'
import { codedError } from '../../errors/index.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { compileModel } from '../../models/tensorrt/compile.ts'
import { defineCommand } from '../command.ts'
import { findTrtexec } from '../compile/find-trtexec.ts'
import { showElapsed } from '../compile/show-elapsed.ts'
import { tryOut } from '../doctor/try-out.ts'
import { matchInWords } from '../match-in-words.ts'
import { givenModelFolder } from '../model-folder.ts'
import { flag, number, text } from '../options.ts'
import { displayProgress } from '../progress.ts'

const STEPS = {
  reading: 'checking the model',
  compiling: 'TensorRT is compiling, which takes minutes',
  checking: 'running the self-test',
} as const

export const engine = defineCommand({
  name: 'engine',
  summary: 'compile a model for the GPU of this machine, with TensorRT',
  usage: ['engine MODEL [--output DIR] [--batch N] [--trtexec FILE] [--unchecked]'],
  about: `Without this, the device tensorrt compiles a model at every start, for minutes. MODEL is a
folder, or a name that "models" lists, built with --attention plain; its precision is that of
its graph, so that for fp16 an fp16 model is compiled. The result is a model folder of its own,
to be chosen with the device tensorrt: the same version, the same self-test, and an engine that
is bound to this GPU and this version of TensorRT. On another one it is refused, and this
command is to be run again.

The folder appears when it has passed its self-test, or not at all.`,
  options: {
    output: text('DIR', 'model folder (default: that of MODEL with "-tensorrt" behind its name)'),
    batch: number('N', 'the largest batch, for which it is tuned; more are split (default: 4)', {
      least: 1,
      most: 1024,
    }),
    trtexec: text('FILE', "NVIDIA's compiler, where it is not found by itself"),
    unchecked: flag(
      'without the self-test, where onnxruntime has no TensorRT here; each\nload runs it all the same',
    ),
  },
  operands: { name: 'MODEL', least: 1, most: 1 },
  examples: [
    'anomalyclip engine my-vit-l-plain',
    'anomalyclip engine ./my-vit-l-fp16 --batch 1 --output ./my-engine',
  ],
  exit: { 0: 'compiled, and matching its reference', 1: 'it could not be compiled, or is of no use' },
  run: async ({ output, batch = 4, trtexec, unchecked = false }, [given], surroundings) => {
    const { print, path, signal, userDir } = surroundings
    const model = await givenModelFolder(given, surroundings)
    const compiler = trtexec === undefined ? await findTrtexec(thisMachine()) : path(trtexec)
    const folder = output === undefined ? besideOf(model, userDir) : path(output)
    const progress = displayProgress(surroundings)
    const elapsed = showElapsed(progress)
    let match = ''
    try {
      const manifest = await compileModel({
        model,
        output: folder,
        trtexec: compiler,
        largestBatch: batch,
        check: async (made) => {
          if (!unchecked) match = await matchOf(made, signal)
        },
        signal,
        onProgress: (step) => elapsed.show(STEPS[step]),
      })
      const { gpu, tensorrt } = manifest.engine ?? {}
      elapsed.end()
      await print(
        `compiled ${manifest.name} for ${gpu ?? 'this GPU'}, TensorRT ${tensorrt ?? 'of an unknown version'}: ${folder}`,
      )
      await print(match === '' ? 'Not checked; each load runs the self-test.' : match)
      return 0
    } finally {
      elapsed.end()
    }
  },
})

/** nano lies in the package, which an update replaces. */
const besideOf = (model: string, userDir: string): string =>
  `${model === nanoModelDir() ? join(modelsDir(userDir), 'nano') : model}-tensorrt`

const matchOf = async (folder: string, signal: AbortSignal): Promise<string> => {
  const trial = await tryOut(signal)(folder, 'tensorrt')
  if (!trial.works)
    throw codedError(
      'MODEL_COMPILE',
      `the compiled model is of no use here, and was not kept: ${trial.reason} See: anomalyclip doctor --device tensorrt`,
    )
  return `It ${matchInWords(trial.selfTest)}.`
}
