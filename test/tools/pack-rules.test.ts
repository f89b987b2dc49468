import assert from 'node:assert/strict'
import { type Manifest, packProblems } from '../../tools/pack-rules.ts'

const manifest: Manifest = {
  'node-red': { nodes: { eye: 'dist/nodes/eye/eye.js' } },
  bin: { look: 'dist/cli/main.js' },
  exports: { './package.json': './package.json' },
}

const WHOLE = [
  'package.json LICENSE NOTICE README.md CHANGELOG.md tools/preinstall.mjs tools/jetson/build-onnxruntime-node.sh',
  'docs/errors.md docs/gpu.md docs/install.md docs/anomaly-event.schema.json examples/first.json',
  'dist/models/catalog.json dist/models/clip/bpe_simple_vocab_16e6.txt.gz dist/models/clip/LICENSE-openai-clip',
  'dist/evaluation/paper/published.json dist/evaluation/report/browser/report.css dist/evaluation/report/browser/report.js',
  'dist/built/nano/model.json dist/built/nano/model.onnx dist/cli/main.js',
  'dist/nodes/eye/eye.js dist/nodes/eye/eye.html',
  ...['en-US', 'de', 'ja', 'zh-CN'].flatMap((language) =>
    ['json', 'html'].map((kind) => `dist/nodes/eye/locales/${language}/eye.${kind}`),
  ),
].flatMap((line) => line.split(' '))

const problemsOf = (paths: readonly string[], size = 1): string[] =>
  packProblems(
    paths.map((path) => ({ path, size })),
    manifest,
  )

describe('the rules for what is packed', () => {
  it('find nothing wrong with a whole package', () => assert.deepEqual(problemsOf(WHOLE), []))

  for (const path of WHOLE.filter((path) => !path.startsWith('examples/')))
    it(`miss ${path}`, () =>
      assert.deepEqual(problemsOf(WHOLE.filter((other) => other !== path)), [`${path} is missing`]))

  it('miss example flows', () =>
    assert.deepEqual(problemsOf(WHOLE.filter((path) => !path.startsWith('examples/'))), [
      'there is no example flow',
    ]))

  for (const path of [
    'nodes/eye/eye.ts',
    'dist/nodes/eye/eye.d.ts',
    'dist/nodes/eye/other.html',
    'dist/test/eye.test.js',
    'dist/demo/start.js',
    'dist/stamp.json',
    'models/nano/clip-nano.safetensors',
    'test/fixtures/golden/tiny-a/image.png',
    'tools/build.ts',
    '.npmrc',
  ])
    it(`refuse ${path}`, () =>
      assert.deepEqual(problemsOf([...WHOLE, path]), [`${path} does not belong here`]))

  it('want the licence of DeepPCB with its pictures', () => {
    assert.deepEqual(problemsOf([...WHOLE, 'examples/pcb-bad-0.png']), [
      'the pcb pictures lack LICENSE-DeepPCB',
    ])
    assert.deepEqual(
      problemsOf([...WHOLE, 'models/nano/montage.png', 'models/nano/samples/LICENSE-DeepPCB']),
      [],
    )
  })

  it('refuse a package that has grown out of hand', () =>
    assert.match(problemsOf(WHOLE, 1_000_000).join(), /^\d+ bytes unpacked/))
})
