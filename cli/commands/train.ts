import {
  TRAINING_DEVICES,
  TRAINING_METHODS,
  type TrainOptions,
  train as trainPrompts,
} from '../../training/index.ts'
import { defineCommand } from '../command.ts'
import { DATASET_OPTIONS, givenDataset } from '../dataset.ts'
import { oneLine } from '../one-line.ts'
import { flag, number, numbers, oneOf, text, usageError, type Values } from '../options.ts'
import { makeOutputFolder } from '../output-folder.ts'
import { lockOutput } from '../output-lock.ts'
import { displayProgress } from '../progress.ts'
import { trainingImages } from '../train/images.ts'
import { showTraining } from '../train/show.ts'

const options = {
  method: oneOf(TRAINING_METHODS, 'METHOD', 'anomalyclip, or coop: a context in front of class names'),
  clip: text('FILE', "CLIP weights: safetensors, OpenAI's .pt archive or a torch state dict"),
  ...DATASET_OPTIONS,
  class: text(
    'NAME',
    'coop: class name in the prompts (default: the paper\'s of the category;\nof your own images "object")',
  ),
  output: text('DIR', 'where prompts, checkpoints, losses and features are written'),
  resume: flag('go on where a training in the output folder was stopped; without one there,\nbegin'),
  epochs: number('N', 'times that each image is learnt from (default: 15)', { least: 1 }),
  batch: number('N', 'images of a step (default: 8)', { least: 1 }),
  lr: number('RATE', 'learning rate (default: 0.001; coop 0.002)', { most: 10, whole: false }),
  seed: number('N', 'decides random prompts, order and validation (default: 111)'),
  init: text('FILE', 'prompts to begin with, in the published layout (default: random ones)'),
  context: number('N', 'learnt tokens of a context (default: 12; coop 16)', { least: 1 }),
  depth: number('N', 'anomalyclip: text layers with learnt tokens (default: 9)', { least: 1 }),
  'deep-tokens': number('N', 'anomalyclip: learnt tokens in each of them (default: 4)', { least: 1 }),
  'image-size': number('N', 'side of the square that images are resized to (default: 518)', { least: 1 }),
  'dpam-layers': number(
    'N',
    "anomalyclip: last vision layers with DPAM; the reference's DPAM_layer\nminus 1 (default: 19)",
  ),
  features: numbers('A,B,...', 'anomalyclip: taps, counted from 1 (default: the last layer)'),
  activation: oneOf(
    ['gelu', 'quickgelu'],
    'KIND',
    'gelu or quickgelu (default: what the weights were trained with, as in\nbuild)',
  ),
  validation: number('SHARE', 'of the images that is kept back to validate with (default: 0)', {
    most: 0.9,
    whole: false,
  }),
  patience: number(
    'N',
    'stop after so many epochs without a lower validation loss, and take the\nbest epoch (default: all epochs, and the last one)',
    { least: 1 },
  ),
  augment: flag('see images mirrored as well: the features of up to three more views of\neach are computed'),
  device: oneOf(TRAINING_DEVICES, 'DEVICE', 'cpu or cuda (default: cpu)'),
  cache: text(
    'DIR',
    'folder that features are kept in; trainings may share it (default:\nfeatures in the output folder)',
  ),
}

type Given = Values<typeof options>

export const train = defineCommand({
  name: 'train',
  summary: 'learn prompts on a data set or on your own images',
  usage: ['train --method METHOD --clip FILE --dataset NAME --root DIR --output DIR [OPTIONS]'],
  about: `Learns the prompts of AnomalyCLIP or CoOp from good and bad images, and writes prompts.pth to the
output folder, in the layout of the published files: "anomalyclip build --prompts" makes a model
of it. Train on one data set and use the model on others; of its owners' split the test part is
taken, as only that has anomalies. A folder of your own has good/, bad/ and, where you have them,
masks/; without any mask prompts are learnt from the images alone.

The towers stay as they are, so that each image goes through the vision tower once: its features
are kept in features/ in the output folder (4 MB an image and tap for ViT-L at 518), which you may
delete when you are done. After each epoch there are checkpoints/epoch_N.pth, losses.csv and
losses.svg, and the state that --resume goes on from, after a Ctrl-C, too, with the very result of
an uninterrupted run. It wants the same options and images; only --epochs may be raised. Without
--resume an output folder with a training in it is refused.`,
  options,
  operands: { name: 'nothing', least: 0, most: 0 },
  examples: [
    'anomalyclip train --method anomalyclip --clip ViT-L-14-336px.pt --dataset visa --root VisA \\',
    '    --output trained',
    'anomalyclip train --method anomalyclip --clip ViT-L-14-336px.pt --dataset folder --root parts \\',
    '    --init published.pth --validation 0.2 --patience 3 --output trained --resume',
  ],
  exit: {
    0: 'prompts were learnt from every image',
    1: 'some images could not be read (prompts were learnt from the others), or nothing was learnt',
  },
  run: async (given, _operands, surroundings) => {
    const { print, complain, path, signal } = surroundings
    const meant = needed(given)
    const dataset = await givenDataset(given, path)
    const progress = displayProgress(surroundings)
    const output = path(meant.output)
    await makeOutputFolder(output)
    const unlock = lockOutput(output, 'TRAINING')
    try {
      const { prompts, epoch, epochs, failed } = await trainPrompts({
        ...chosen(given),
        method: meant.method,
        clip: path(meant.clip),
        output,
        ...(given.init === undefined ? {} : { init: path(given.init) }),
        ...(given.cache === undefined ? {} : { cache: path(given.cache) }),
        images: trainingImages(dataset),
        resume: given.resume ?? false,
        signal,
        onProgress: showTraining(progress, surroundings),
      })
      progress.end()
      const problems = [...dataset.problems, ...failed.map(({ name, reason }) => `${name}: ${reason}`)]
      for (const problem of problems) complain(`anomalyclip: ${oneLine(problem)}`)
      if (problems.length > 0) complain(`anomalyclip: ${problems.length} problems, named above`)
      await print(`learnt ${prompts} (epoch ${epoch} of ${epochs.length})`)
      return problems.length > 0 ? 1 : 0
    } catch (error) {
      progress.end()
      if (signal.aborted) complain(`anomalyclip: what is done is kept in ${output}: go on with --resume`)
      throw error
    } finally {
      unlock()
    }
  },
})

const needed = (given: Given): { readonly method: TrainOptions['method']; clip: string; output: string } => {
  const { method, clip, output } = given
  const missing = Object.entries({ method, clip, output }).find(([, value]) => value === undefined)
  if (missing !== undefined)
    throw usageError(`train needs --${missing[0]}, and it was not given. See: anomalyclip train --help`)
  const noUse =
    method === 'coop' ? (['depth', 'deep-tokens', 'dpam-layers', 'features'] as const) : (['class'] as const)
  const found = noUse.find((name) => given[name] !== undefined)
  if (found !== undefined)
    throw usageError(
      `--${found} has no meaning together with --method ${method}. See: anomalyclip train --help`,
    )
  if (given.patience !== undefined && !given.validation)
    throw usageError('--patience needs --validation, the share of the images to validate with.')
  return { method: method!, clip: clip!, output: output! }
}

/** What was given of the options that training has under another name or the same. */
const chosen = (given: Given): Partial<TrainOptions> => {
  const { epochs, batch, seed, context, depth, features, activation, validation, patience, augment, device } =
    given
  const all = {
    ...{ epochs, batch, seed, context, depth, features, activation, validation, patience, augment, device },
    learningRate: given.lr,
    deepTokens: given['deep-tokens'],
    imageSize: given['image-size'],
    dpamLayers: given['dpam-layers'],
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
