import { copyFile, link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { codedError, messageOf } from '../../errors/index.ts'
import { DATA_FILE, MODEL_FILE } from '../graph/index.ts'
import type { ManifestFile, ModelManifest } from '../manifest.ts'
import { openWhole } from '../open.ts'
import { checkApart, makeWhole } from '../output-folder.ts'
import { thisPackage } from '../package.ts'
import { sha256Of } from '../sha256.ts'
import { writeManifest } from '../write-manifest.ts'
import { engineWrapper } from './ep-context.ts'
import { type OnnxFile, readOnnx } from './onnx-file.ts'
import { runTrtexec } from './trtexec.ts'

export interface CompileOptions {
  /** Model folder. */
  readonly model: string
  /** Model folder of the result; it appears whole or not at all, and replaces an earlier model there. */
  readonly output: string
  /** Path of NVIDIA's compiler. */
  readonly trtexec: string
  /** Images that are inspected in one go; more are split. */
  readonly largestBatch: number
  /** Looks at the finished folder before it is put in place. @throws where it is of no use */
  readonly check: (folder: string) => Promise<void>
  readonly signal: AbortSignal
  readonly onProgress: (step: 'reading' | 'compiling' | 'checking') => void
}

const ENGINE_FILE = 'model.engine'

/** All that our runtime reads; the others would only take time and memory. */
const OUTPUTS = ['score', 'map']

/**
 * Compiles a model for this machine's GPU: a model folder like the other, with a TensorRT engine behind its graph, and its self-test. Version and
 * precision stay: thresholds keep their calibration.
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT; MODEL_COMPILE, MODEL_OPTIONS, MODEL_OUTPUT, and what `check` throws
 */
export const compileModel = async (options: CompileOptions): Promise<ModelManifest> => {
  const { model, output, onProgress } = options
  onProgress('reading')
  const manifest = await openWhole(model)
  if (manifest.engine !== undefined)
    throw codedError(
      'MODEL_COMPILE',
      `"${model}" was compiled already, from the model "${manifest.engine.source.name}". Compile that one.`,
    )
  const file = await readFile(join(model, MODEL_FILE))
  const onnx = read(file, model)
  if (onnx.foreignOps.length > 0)
    throw codedError(
      'MODEL_COMPILE',
      `"${model}" uses operators of onnxruntime's own (${onnx.foreignOps.join(', ')}), which TensorRT does not know. ` +
        'Build it with --attention plain, in fp32 or fp16.',
    )
  await checkApart(output, model)
  return makeWhole(output, (folder) => fill(folder, { ...options, manifest, onnx }))
}

const read = (file: Uint8Array, model: string): OnnxFile => {
  try {
    return readOnnx(file)
  } catch (cause) {
    throw codedError('MODEL_COMPILE', `${MODEL_FILE} in "${model}" cannot be read: ${messageOf(cause)}.`, {
      cause,
    })
  }
}

type Filling = CompileOptions & { readonly manifest: ModelManifest; readonly onnx: OnnxFile }

const fill = async (folder: string, filling: Filling): Promise<ModelManifest> => {
  const { model, output, largestBatch, check, signal, onProgress, manifest, onnx } = filling
  onProgress('compiling')
  const facts = await compileInto(folder, filling)
  const wrapper = engineWrapper({
    inputs: onnx.inputs,
    outputs: onnx.outputs.filter(({ name }) => OUTPUTS.includes(name)),
    engine: ENGINE_FILE,
    source: MODEL_FILE,
    ...facts,
    producer: thisPackage.name,
  })
  await writeFile(join(folder, MODEL_FILE), wrapper)
  const others = Object.keys(manifest.files).filter((name) => ![MODEL_FILE, DATA_FILE].includes(name))
  for (const name of others) await copyFile(join(model, name), join(folder, name))
  const compiled: ModelManifest = {
    ...manifest,
    name: basename(output),
    files: await factsOf(folder, [MODEL_FILE, ENGINE_FILE, ...others]),
    engine: {
      ...facts,
      largestBatch,
      source: { name: manifest.name, version: manifest.version },
    },
  }
  await writeManifest(folder, compiled)
  signal.throwIfAborted()
  onProgress('checking')
  await check(folder)
  return compiled
}

const compileInto = async (
  folder: string,
  { model, trtexec, largestBatch, signal, manifest, onnx }: Filling,
) => {
  // The weights are looked for beside the graph that names them.
  const source = join(folder, 'source')
  await mkdir(source)
  await writeFile(join(source, MODEL_FILE), onnx.withOutputs(OUTPUTS))
  if (DATA_FILE in manifest.files) await linkOrCopy(join(model, DATA_FILE), join(source, DATA_FILE))
  const engine = join(folder, ENGINE_FILE)
  const facts = await runTrtexec({
    trtexec,
    onnx: join(source, MODEL_FILE),
    engine,
    side: manifest.imageSize,
    largestBatch,
    stronglyTyped: onnx.hasHalf,
    signal,
  })
  await rm(source, { recursive: true })
  const size = await stat(engine).then(
    (found) => found.size,
    () => 0,
  )
  if (size === 0)
    throw codedError('MODEL_COMPILE', 'trtexec ended well, and wrote no engine. Run it by hand.')
  return facts
}

/** A gigabyte of weights need not be copied where a second name will do. */
const linkOrCopy = (from: string, to: string): Promise<void> => link(from, to).catch(() => copyFile(from, to))

const factsOf = async (folder: string, names: readonly string[]): Promise<Record<string, ManifestFile>> => {
  const facts: Record<string, ManifestFile> = {}
  for (const name of names) {
    const file = join(folder, name)
    facts[name] = { bytes: (await stat(file)).size, sha256: await sha256Of(file) }
  }
  return facts
}
