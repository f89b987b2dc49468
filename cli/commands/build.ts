import { basename } from 'node:path'
import { modelFolder } from '../../engine/index.ts'
import { buildModel } from '../../models/build.ts'
import { precisionMisuse } from '../../models/build-settings.ts'
import { CATALOG } from '../../models/catalog.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { METHOD_NAMES } from '../../models/method-names.ts'
import { METHODS } from '../../models/methods/index.ts'
import { PRECISIONS } from '../../models/precision/index.ts'
import { buildCatalogModel, nameAt, type PrecisionOptions, showBuild } from '../build/catalog-model.ts'
import { driftInWords } from '../build/drift.ts'
import { buildImages } from '../build/images.ts'
import { defineCommand } from '../command.ts'
import { number, numbers, oneOf, repeated, text, usageError, type Values } from '../options.ts'
import { displayProgress, type ProgressDisplay } from '../progress.ts'
import type { Surroundings } from '../types.ts'

const CATALOGUE_NAMES = CATALOG.map(({ name }) => name)

const options = {
  model: oneOf(CATALOGUE_NAMES, 'NAME', `a model of the catalogue:\n${CATALOGUE_NAMES.join('\n')}`),
  from: text('DIR', 'take the published files from DIR instead of fetching them'),
  method: oneOf(
    METHOD_NAMES,
    'METHOD',
    `build from files of your own with METHOD:\n${METHOD_NAMES.join(', ')}`,
  ),
  clip: text('FILE', "CLIP weights: safetensors, OpenAI's .pt archive or a torch state dict"),
  prompts: text(
    'FILE',
    'anomalyclip and coop: learnt prompts, as AnomalyCLIP (.pth) and CoOp\n(state_dict.ctx) publish them',
  ),
  linear: text('FILE', 'april-gan: learnt linear layers, as it publishes them (.pth)'),
  class: repeated(
    text(
      'NAME',
      'what stands in the prompts, for all methods but anomalyclip; may be given\nseveral times, the first is the default (default: object)',
    ),
  ),
  'image-size': number(
    'N',
    'side of the square that images are resized to\n(default: 518; winclip 240; with --model that of its authors)',
    {
      least: 1,
      most: 4096,
    },
  ),
  'dpam-layers': number(
    'N',
    "anomalyclip: last vision layers with DPAM; the reference's DPAM_layer\nminus 1 (default: 19)",
  ),
  features: numbers(
    'A,B,...',
    'taps, counted from 1 (default: the last layer; april-gan: one at each\nquarter of the depth; winclip has none)',
  ),
  sigma: number(
    'S',
    'of the Gaussian over the map, in its pixels; 0 is none (default: 4;\nwinclip and april-gan 0)',
    { whole: false },
  ),
  activation: oneOf(
    ['gelu', 'quickgelu'],
    'KIND',
    "gelu or quickgelu (default: what the weights were trained with:\nquickgelu for OpenAI's, gelu for ViT-B/16+, for other weights under\nwinclip, and for april-gan away from the native size)",
  ),
  attention: oneOf(
    ['fused', 'plain'],
    'KIND',
    'fused (onnxruntime, fastest on a CPU) or plain (standard ONNX operators,\nfor other hosts) (default: fused)',
  ),
  precision: oneOf(
    PRECISIONS,
    'KIND',
    'fp32, fp16 (GPUs), int8 (CPUs with VNNI or ARM dot product) or int4 (least\nmemory) (default: fp32)',
  ),
  calibrate: repeated(
    text(
      'IMAGE',
      'int8 and int4: images or folders of what is to be inspected, to balance the\nmodel for (default: drawn surfaces)',
    ),
  ),
  drift: repeated(
    text(
      'IMAGE',
      'images or folders to measure on how far the model is from fp32 (default:\nthose of --calibrate)',
    ),
  ),
  name: text(
    'NAME',
    'name in the manifest (default: the name of the model, with -392px behind it\nfor another image size than its own, or of the folder)',
  ),
  output: text('DIR', 'model folder (with --model the default is\n~/.node-red/anomalyclip/models/NAME)'),
}

type Given = Values<typeof options>

export const build = defineCommand({
  name: 'build',
  summary: 'compile weights into a model folder that every ONNX host can run',
  usage: [
    'build --model NAME [--from DIR] [--output DIR] [OPTIONS]',
    'build --method METHOD --clip FILE [--prompts FILE] [--linear FILE] --output DIR [...]',
  ],
  about: `The first form builds a published model. Its weights are fetched (about 1 GB, resumed after
an interruption, kept in ~/.cache/anomalyclip) and compared with the checksums of the
catalogue. On a box without internet, copy the files into a folder and name it with --from;
a missing file is named with its address. --image-size makes it smaller and faster, or larger,
which its authors give no figures for. The second form builds from files of your own.

The model folder appears whole or not at all. An earlier model in its place is replaced; any
other folder that is not empty is refused.`,
  options,
  operands: { name: 'operands', least: 0, most: 0 },
  examples: [
    'anomalyclip build --model anomalyclip-vit-l-14-336-trained-on-visa',
    'anomalyclip build --model anomalyclip-vit-l-14-336-trained-on-mvtec --from /media/usb',
    'anomalyclip build --method anomalyclip --clip clip.safetensors --prompts prompts.pth \\',
    '    --image-size 224 --dpam-layers 5 --features 6,12 --sigma 4 --output my-model',
    'anomalyclip build --model anomalyclip-vit-l-14-336-trained-on-visa --precision int8 \\',
    '    --calibrate good-parts',
    'anomalyclip build --model anomalyclip-vit-l-14-336-trained-on-visa --image-size 392',
    'anomalyclip build --method winclip --clip vit_b_16_plus_240.pt --class bottle --class nut \\',
    '    --output my-winclip',
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
    for (const line of driftInWords(manifest)) await surroundings.print(line)
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
  const { precision = 'fp32', attention, calibrate, drift } = given
  const misuse = precisionMisuse({
    ...{ precision, attention },
    isCalibrated: calibrate !== undefined,
    isMeasured: drift !== undefined,
  })
  if (misuse !== null) throw usageError(`${misuse} See: anomalyclip build --help`)
  return given.model === undefined ? planOwnFiles(given, surroundings) : planCatalogModel(given, surroundings)
}

const planCatalogModel = (given: Given, { path, userDir, cacheDir, signal }: Surroundings): Plan => {
  const model = CATALOG.find(({ name }) => name === given.model)!
  refuse(given, '--model', [
    ...(['clip', 'prompts', 'linear', 'dpam-layers', 'features', 'sigma', 'activation'] as const),
    ...(model.method === 'anomalyclip' ? (['class'] as const) : []),
  ])
  const { attention, class: classNames, 'image-size': imageSize = model.imageSize } = given
  const name = given.name ?? nameAt(model, imageSize)
  const output = given.output === undefined ? modelFolder(name, userDir) : path(given.output)
  const from = given.from === undefined ? undefined : path(given.from)
  return {
    output,
    work: async (progress) =>
      buildCatalogModel(model, {
        ...{ from, cacheDir, output, name, imageSize, attention, classNames, progress, signal },
        precision: await precisionOf(given, path),
      }),
  }
}

const planOwnFiles = (given: Given, { path, signal }: Surroundings): Plan => {
  refuse(given, '--method', ['from'])
  const method = given.method!
  const { needs, takesClassNames } = METHODS[method]
  refuse(given, `--method ${method}`, [
    ...(['prompts', 'linear'] as const).filter((role) => role !== needs),
    ...(takesClassNames ? [] : (['class'] as const)),
    ...(method === 'anomalyclip' ? [] : (['dpam-layers'] as const)),
    ...(method === 'winclip' ? (['features'] as const) : []),
  ])
  const clip = path(needed(given, 'clip'))
  const learnt = needs === null ? {} : { [needs]: path(needed(given, needs)) }
  const output = path(needed(given, 'output'))
  const { 'image-size': imageSize, 'dpam-layers': dpamLayers, class: classNames } = given
  const { features, sigma, attention, activation } = given
  return {
    output,
    work: async (progress) =>
      buildModel({
        ...(await precisionOf(given, path)),
        method,
        clip,
        ...learnt,
        output,
        name: given.name ?? basename(output),
        ...(imageSize === undefined ? {} : { imageSize }),
        ...(dpamLayers === undefined ? {} : { dpamLayers }),
        ...(features === undefined ? {} : { features }),
        ...(sigma === undefined ? {} : { sigma }),
        ...(attention === undefined ? {} : { attention }),
        ...(activation === undefined ? {} : { activation }),
        ...(classNames === undefined ? {} : { classNames }),
        signal,
        onProgress: (at) => showBuild(progress, at),
      }),
  }
}

const precisionOf = async (
  { precision, calibrate, drift }: Given,
  path: Surroundings['path'],
): Promise<PrecisionOptions> => ({
  ...(precision === undefined ? {} : { precision }),
  ...(calibrate === undefined ? {} : { calibration: await buildImages(calibrate, path) }),
  ...(drift === undefined ? {} : { measured: await buildImages(drift, path) }),
})

/** An option that would be ignored is refused: somebody meant something by it. */
const refuse = (given: Given, form: string, names: readonly (keyof Given)[]): void => {
  const found = names.find((name) => given[name] !== undefined)
  if (found !== undefined)
    throw usageError(`--${found} has no meaning together with ${form}. See: anomalyclip build --help`)
}

const needed = (given: Given, name: 'clip' | 'prompts' | 'linear' | 'output'): string => {
  const value = given[name]
  if (value === undefined)
    throw usageError(
      `build --method ${given.method} needs --${name}, and it was not given. See: anomalyclip build --help`,
    )
  return value
}
