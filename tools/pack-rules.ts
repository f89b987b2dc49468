/** What `npm pack --json` says of one file. */
export interface PackedFile {
  readonly path: string
  readonly size: number
}

/** The parts of package.json that name files. */
export interface Manifest {
  readonly 'node-red': { readonly nodes: Readonly<Record<string, string>> }
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string>>
}

const LANGUAGES = ['en-US', 'de', 'ja', 'zh-CN']

/** The nano model is 11.5 MB of weights, the vocabulary 1.4; twice that is a file that should not be there. */
const MAX_UNPACKED_BYTES = 25_000_000

/** Needed whatever the manifest says. */
const NEEDED = [
  'LICENSE',
  'NOTICE',
  'README.md',
  'CHANGELOG.md',
  // Without it an install on linux/x64 needs NuGet.
  'tools/preinstall.mjs',
  'tools/jetson/build-onnxruntime-node.sh',
  'docs/errors.md',
  'docs/gpu.md',
  'docs/install.md',
  'docs/anomaly-event.schema.json',
  'dist/models/catalog.json',
  'dist/models/clip/bpe_simple_vocab_16e6.txt.gz',
  'dist/models/clip/LICENSE-openai-clip',
  'dist/evaluation/paper/published.json',
  'dist/evaluation/report/browser/report.css',
  'dist/evaluation/report/browser/report.js',
  'dist/built/nano/model.json',
  'dist/built/nano/model.onnx',
]

/** A file that none of these allows has slipped in: a source, a test, a weight that is in the built model already. */
const ALLOWED = [
  /^(package\.json|LICENSE|NOTICE|README\.md|CHANGELOG\.md)$/,
  /^tools\/preinstall\.mjs$/,
  /^tools\/jetson\/[\w-]+\.sh$/,
  /^docs\/[\w./-]+\.(md|json|png|svg)$/,
  /^examples\/[\w./ -]+\.(json|png|jpg)$/,
  /^models\/nano\/(README\.md|montage\.png|samples\/LICENSE-DeepPCB)$/,
  /^dist\/(nodes|connect|engine|inspection|models|training|retraining|evaluation|cli|errors)\/.+\.js$/,
  /^dist\/nodes\/([\w-]+)\/(\1\.html|locales\/[\w-]+\/\1\.(json|html)|icons\/[\w-]+\.(svg|png))$/,
  /^dist\/models\/(catalog\.json|clip\/(bpe_simple_vocab_16e6\.txt\.gz|LICENSE-openai-clip))$/,
  /^dist\/evaluation\/(paper\/published\.json|report\/browser\/report\.css)$/,
  /^dist\/built\/nano\/[\w.-]+$/,
]

const isPcbPicture = (path: string): boolean => /(^|\/)(pcb-[\w-]*|montage)\.(png|jpg)$/.test(path)
const isPcbLicence = (path: string): boolean => path.endsWith('/LICENSE-DeepPCB')

const filesOfNode = (script: string): string[] => {
  const [, folder, name] = /^(.*)\/(.+)\.js$/.exec(script) ?? []
  const locales = LANGUAGES.flatMap((language) => [`${language}/${name}.json`, `${language}/${name}.html`])
  return [script, `${folder}/${name}.html`, ...locales.map((file) => `${folder}/locales/${file}`)]
}

const isExample = (path: string): boolean => /^examples\/.+\.json$/.test(path)

/** One sentence for each thing that is wrong with what would be published; none if all is well. */
export const packProblems = (files: readonly PackedFile[], manifest: Manifest): string[] => {
  const paths = files.map(({ path }) => path)
  const needed = [
    ...NEEDED,
    ...Object.values(manifest['node-red'].nodes).flatMap(filesOfNode),
    ...[...Object.values(manifest.bin), ...Object.values(manifest.exports)].map((path) =>
      path.replace(/^\.\//, ''),
    ),
  ]
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  return [
    ...needed.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...paths
      .filter((path) => !ALLOWED.some((rule) => rule.test(path)))
      .map((path) => `${path} does not belong here`),
    ...(paths.some(isExample) ? [] : ['there is no example flow']),
    ...(paths.some(isPcbPicture) && !paths.some(isPcbLicence)
      ? ['the pcb pictures lack LICENSE-DeepPCB']
      : []),
    ...(bytes > MAX_UNPACKED_BYTES
      ? [`${bytes} bytes unpacked; at most ${MAX_UNPACKED_BYTES} are expected`]
      : []),
  ]
}
