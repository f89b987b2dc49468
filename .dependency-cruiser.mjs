/**
 * Which room may import which (CONTRIBUTING.md says what each is for). Rooms import downwards only; `errors` is for all.
 * test/tools/directions.test.ts shows that a forbidden import is found.
 */
const MAY_IMPORT = {
  errors: [],
  inspection: ['errors'],
  models: ['errors'],
  engine: ['errors', 'inspection', 'models'],
  connect: ['errors', 'inspection'],
  nodes: ['errors', 'inspection', 'engine', 'connect', 'retraining'],
  training: ['errors', 'inspection', 'models', 'engine'],
  evaluation: ['errors', 'inspection', 'models', 'engine'],
  retraining: ['errors', 'inspection', 'models', 'engine', 'evaluation'],
  cli: ['errors', 'inspection', 'models', 'engine', 'connect', 'training', 'evaluation'],
}

/** Around the house: not part of the package, free to import any room. */
const OUTSIDE = ['bench', 'demo', 'test', 'tools']

const anyOf = (folders) => `^(${folders.join('|')})/`
const ROOMS = Object.keys(MAY_IMPORT)

const directions = Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
  name: `${room}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: anyOf([room]) },
  to: { path: anyOf([...ROOMS, ...OUTSIDE]), pathNot: anyOf([room, ...allowed]) },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...directions,
    {
      name: 'engine-runs-models-but-does-not-build-them',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^models/(graph|clip|weights|build\\.ts|nano/build\\.ts)' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: anyOf([...ROOMS, ...OUTSIDE]),
        pathNot: ['^tools/preinstall\\.mjs$', '^evaluation/report/browser/'],
      },
      to: {},
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'rooms-need-runtime-dependencies-only',
      severity: 'error',
      from: { path: anyOf(ROOMS) },
      // Types vanish in the build.
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)(dist|node_modules/\\.cache)/', '^test/fixtures/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
