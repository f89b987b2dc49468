import { basename } from 'node:path'
import { modelFolder } from '../../engine/index.ts'
import { buildAnomalyClip } from '../../models/build.ts'
import { CATALOG } from '../../models/catalog.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { buildCatalogModel, showBuild } from '../build/catalog-model.ts'
import { defineCommand } from '../command.ts'
import { number, numbers, oneOf, text, usageError, type Values } from '../options.ts'
import { displayProgress, type ProgressDisplay } from '../progress.ts'
import type { Surroundings } from '../types.ts'

const CATALOGUE_NAMES = CATALOG.map(({ name }) => name)

const options = {
  model: oneOf(CATALOGUE_NAMES, 'NAME', `a model of the catalogue:\n${CATALOGUE_NAMES.join('\n')}`),
  from: text('DIR', 'take the published files from DIR instead of fetching them'),
  method: oneOf(['anomalyclip'], 'METHOD', 'build from files of your own with METHOD: anomalyclip'),
  clip: text('FILE', "CLIP weights: safetensors, OpenAI's .pt archive or a torch state dict"),
  prompts: text('FILE', 'learnt prompts, as AnomalyCLIP publishes them (.pth)'),
  'image-size': number('N', 'side of the square that images are resized to (default: 518)', { least: 1 }),
  'dpam-layers': number(
    'N',
    "last vision layers with DPAM; the reference's DPAM_layer minus 1\n(default: 19)",
  ),
  features: numbers('A,B,...', 'taps, counted from 1 (default: the last layer)'),
  sigma: number('S', 'of the Gaussian over the map, in its pixels; 0 is none (default: 4)', { whole: false }),
  attention: oneOf(
    ['fused', 'plain'],
    'KIND',
    'fused (onnxruntime, fastest on a CPU) or plain (standard ONNX operators,\nfor other hosts) (default: fused)',
  ),
  name: text('NAME', 'name in the manifest (default: the name of the model or of the folder)'),
  output: text('DIR', 'model folder (with --model the default is\n~/.node-red/anomalyclip/models/NAME)'),
}

type Given = Values<typeof options>

export const build = defineCommand({
  name: 'build',
  summary: 'compile weights into a model folder that every ONNX host can run',
  usage: [
    'build --model NAME [--from DIR] [--output DIR] [OPTIONS]',
    'build --method anomalyclip --clip FILE --prompts FILE --output DIR [OPTIONS]',
  ],
  about: `The first form builds a published model. Its weights are fetched (about 1 GB, resumed after
an interruption, kept in ~/.cache/anomalyclip) and compared with the checksums of the
catalogue. On a box without internet, copy the files into a folder and name it with --from;
a missing file is named with its address. The second form builds from files of your own.

The model folder appears whole or not at all. An earlier model in its place is replaced; any
other folder that is not empty is refused.`,
  options,
  operands: { name: 'operands', least: 0, most: 0 },
  examples: [
    'anomalyclip build --model anomalyclip-vit-l-14-336-trained-on-visa',
    'anomalyclip build --model anomalyclip-vit-l-14-336-trained-on-mvtec --from /media/usb',
    'anomalyclip build --method anomalyclip --clip clip.safetensors --prompts prompts.pth \\',
    '    --image-size 224 --dpam-layers 5 --features 6,12 --sigma 4 --output my-model',
  ],
  exit: { 0: 'the model was built', 1: 'it was not, and nothing was left half-written' },
  run: async (given, _operands, surroundings) => {
    const { output, work } = plan(given, surroundings)
    const progress = displayProgress(surroundings)
    let manifest: ModelManifest
    try {
      manifest = await work(progress)
    } finally {
      progress.end()
    }
    await surroundings.print(`built ${manifest.name} (version ${manifest.version}) in ${output}`)
    return 0
  },
})

interface Plan {
  readonly output: string
  readonly work: (progress: ProgressDisplay) => Promise<ModelManifest>
}

const plan = (given: Given, surroundings: Surroundings): Plan => {
  if ((given.model === undefined) === (given.method === undefined))
    throw usageError('build needs one of --model and --method. See: anomalyclip build --help')
  return given.model === undefined ? planOwnFiles(given, surroundings) : planCatalogModel(given, surroundings)
}

const planCatalogModel = (given: Given, { path, userDir, cacheDir, signal }: Surroundings): Plan => {
  refuse(given, '--model', ['clip', 'prompts', 'image-size', 'dpam-layers', 'features', 'sigma'])
  const model = CATALOG.find(({ name }) => name === given.model)!
  const output =
    given.output === undefined ? modelFolder(given.name ?? model.name, userDir) : path(given.output)
  const from = given.from === undefined ? undefined : path(given.from)
  const { name, attention } = given
  return {
    output,
    work: (progress) =>
      buildCatalogModel(model, { from, cacheDir, output, name, attention, progress, signal }),
  }
}

const planOwnFiles = (given: Given, { path, signal }: Surroundings): Plan => {
  refuse(given, '--method', ['from'])
  const clip = path(needed(given, 'clip'))
  const prompts = path(needed(given, 'prompts'))
  const output = path(needed(given, 'output'))
  const { 'image-size': imageSize, 'dpam-layers': dpamLayers, features, sigma, attention } = given
  return {
    output,
    work: (progress) =>
      buildAnomalyClip({
        clip,
        prompts,
        output,
        name: given.name ?? basename(output),
        ...(imageSize === undefined ? {} : { imageSize }),
        ...(dpamLayers === undefined ? {} : { dpamLayers }),
        ...(features === undefined ? {} : { features }),
        ...(sigma === undefined ? {} : { sigma }),
        ...(attention === undefined ? {} : { attention }),
        signal,
        onProgress: (at) => showBuild(progress, at),
      }),
  }
}

/** An option that would be ignored is refused: somebody meant something by it. */
const refuse = (given: Given, form: string, names: readonly (keyof Given)[]): void => {
  const found = names.find((name) => given[name] !== undefined)
  if (found !== undefined)
    throw usageError(`--${found} has no meaning together with ${form}. See: anomalyclip build --help`)
}

const needed = (given: Given, name: 'clip' | 'prompts' | 'output'): string => {
  const value = given[name]
  if (value === undefined)
    throw usageError(`build --method needs --${name}, and it was not given. See: anomalyclip build --help`)
  return value
}
