import type { ManifestEngine, ModelManifest } from '../../models/manifest.ts'
import { readManifest, verifyFiles } from '../../models/open.ts'
import { driftInWords } from '../build/drift.ts'
import { defineCommand } from '../command.ts'
import { givenModelFolder } from '../model-folder.ts'
import { flag } from '../options.ts'
import { table } from '../table.ts'

export const info = defineCommand({
  name: 'info',
  summary: 'say what a built model is and check its files',
  usage: ['info [--json] DIR'],
  about: `DIR is a model folder, or the name of a built model (nano is the embedded one). Every file of
the folder is compared with the sha256 that its model.json states.`,
  options: { json: flag('model.json and the outcome of the check as one JSON object') },
  operands: { name: 'a model folder DIR', least: 1, most: 1 },
  examples: ['anomalyclip info nano', 'anomalyclip info --json ./my-model | jq .sources'],
  exit: { 0: 'the model is whole', 1: 'there is no model, or a file does not match its sha256' },
  run: async (given, [dir], surroundings) => {
    const folder = await givenModelFolder(dir, surroundings)
    const manifest = await readManifest(folder)
    // What the folder claims to be comes first, so that a failed check can be seen in its light.
    if (given.json !== true) await surroundings.print(inWords(folder, manifest))
    const damage = await Promise.resolve(verifyFiles(folder, manifest)).then(
      () => null,
      (error: unknown) => ({ error }),
    )
    if (given.json === true)
      await surroundings.print(JSON.stringify({ folder, intact: damage === null, ...manifest }))
    if (damage !== null) throw damage.error
    if (given.json !== true) await surroundings.print('Check   all files match their sha256')
    return 0
  },
})

const inWords = (folder: string, manifest: ModelManifest): string =>
  table([
    ['Model', `${manifest.name} (version ${manifest.version})`],
    ['Folder', folder],
    ['Method', `${manifest.method}, built by ${manifest.builder.name} ${manifest.builder.version}`],
    [
      'Image',
      `${manifest.imageSize} × ${manifest.imageSize} px, patches of ${manifest.patchSize} px, grid ${manifest.grid} × ${manifest.grid}`,
    ],
    [
      'Layers',
      `taps ${manifest.features.join(', ') || 'none'}; DPAM on the last ${manifest.dpamLayers}; memory ${manifest.memoryLayers.join(', ') || 'none'}`,
    ],
    ['Map', manifest.sigma > 0 ? `smoothed with a Gaussian of sigma ${manifest.sigma} px` : 'not smoothed'],
    [
      'Graph',
      `${manifest.precision}, ${manifest.attention === 'fused' ? 'fused attention (onnxruntime)' : 'plain ONNX operators (any host)'}, ${manifest.activation === 'gelu' ? 'GELU' : 'QuickGELU'}`,
    ],
    ...driftInWords(manifest).map((line) => ['Drift', line]),
    ['Prompts', promptsOf(manifest)],
    ...(manifest.engine === undefined ? [] : [['Engine', engineOf(manifest.engine)]]),
    ['Advice', thresholdAdvice(manifest)],
    ...manifest.sources.map((source) => [
      'Source',
      `${source.role}: ${source.file}, licence ${source.licence ?? 'not stated'}, sha256 ${source.sha256}${source.url ? `, ${source.url}` : ''}`,
    ]),
    ...Object.entries(manifest.files).map(([name, file]) => [
      'File',
      `${name}, ${file.bytes} bytes, sha256 ${file.sha256}`,
    ]),
  ])

const engineOf = ({ gpu, computeCapability, tensorrt, largestBatch, source }: ManifestEngine): string =>
  `compiled for ${gpu ?? 'a GPU'} of compute capability ${computeCapability ?? 'unknown'} with TensorRT ${tensorrt ?? 'of an unknown version'}, ` +
  `up to ${largestBatch} images at a time, from ${source.name} (version ${source.version})`

const promptsOf = ({ text }: ModelManifest): string =>
  text === null
    ? 'the same for every image'
    : `of the classes ${text.classNames.map((name) => `"${name}"`).join(', ')}; "${text.defaultClass}" is the default`

const thresholdAdvice = ({ suggestedThreshold }: ModelManifest): string =>
  suggestedThreshold === null
    ? 'no threshold suggested; calibrate on good parts'
    : `threshold ${suggestedThreshold.score.toFixed(4)} on the score, ${suggestedThreshold.pixel.toFixed(4)} on the map; calibrate on good parts`
