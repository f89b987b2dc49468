import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { thisPackage } from '../../models/package.ts'
import { anomalyclip, inNewFolder, lines, startAnomalyclip } from './anomalyclip.ts'

const here = { cwd: import.meta.dirname }

describe('the command line', () => {
  it('--help lists every command with what it does, on standard output', async () => {
    const { status, stdout, stderr } = await anomalyclip(['--help'], here)
    assert.equal(status, 0)
    assert.equal(stderr, '')
    for (const command of [
      'detect',
      'evaluate',
      'report',
      'models',
      'build',
      'train',
      'bench',
      'classes',
      'export',
      'info',
    ])
      assert.match(stdout, new RegExp(`^  ${command} +\\w`, 'm'))
  })

  for (const command of [
    'detect',
    'evaluate',
    'report',
    'models',
    'build',
    'train',
    'bench',
    'classes',
    'export',
    'info',
  ])
    it(`${command} --help shows usage, options, examples and exit statuses within 100 columns`, async () => {
      const { status, stdout } = await anomalyclip([command, '--help'], here)
      assert.equal(status, 0)
      for (const part of ['Usage:', 'Options:', 'Examples:', 'Exit status:'])
        assert.ok(stdout.includes(`\n${part}\n`))
      for (const line of lines(stdout)) assert.ok(line.length <= 100, line)
    })

  it('help goes before everything else that is missing or wrong in the values', async () => {
    const { status, stdout } = await anomalyclip(['build', '--sigma', 'soft', '-h'], here)
    assert.equal(status, 0)
    assert.match(stdout, /^anomalyclip build:/)
  })

  it('--version prints the version of the package', async () => {
    assert.deepEqual(await anomalyclip(['--version'], here), {
      status: 0,
      stdout: `${thisPackage.version}\n`,
      stderr: '',
    })
  })

  for (const [situation, args, hint] of [
    ['no command', [], /no command was given; .*See: anomalyclip --help$/],
    ['an unknown command', ['detekt'], /there is no command 'detekt'; .*detect.*See: anomalyclip --help$/],
    ['an unknown option', ['detect', '--jason', 'x.png'], /'--jason'.*See: anomalyclip detect --help$/],
    [
      'an option without its value',
      ['detect', 'x.png', '--map-dir'],
      /--map-dir.*See: anomalyclip detect --help$/,
    ],
    ['nothing to work on', ['detect'], /needs an IMAGE.*See: anomalyclip detect --help$/],
    ['one thing too many', ['info', 'a', 'b'], /'b' is too many.*See: anomalyclip info --help$/],
    [
      'a number that is none',
      ['detect', '--threads', 'many', 'x.png'],
      /--threads was given 'many'; expected a whole number/,
    ],
    [
      'a choice that is none',
      ['detect', '--device', 'gpu', 'x.png'],
      /--device was given 'gpu'; expected cpu, cuda or tensorrt/,
    ],
  ] as const)
    it(`${situation} is one line with a hint, and exit status 2`, async () => {
      const { status, stdout, stderr } = await anomalyclip(args, here)
      assert.equal(status, 2)
      assert.equal(stdout, '')
      const [line, ...others] = lines(stderr)
      assert.deepEqual(others, [])
      assert.match(line!, /^anomalyclip: CLI_USAGE: /)
      assert.match(line!, hint)
    })

  it('an error that stops the work is one line with its code, and exit status 1', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stdout, stderr } = await anomalyclip(['info', './nothing'], { cwd })
      assert.equal(status, 1)
      assert.equal(stdout, '')
      assert.match(stderr, /^anomalyclip: MODEL_MISSING: .*\n$/)
    })
  })

  it('ANOMALYCLIP_DEBUG adds the stack trace', async () => {
    await inNewFolder(async (cwd) => {
      const { stderr } = await anomalyclip(['info', './nothing'], { cwd, env: { ANOMALYCLIP_DEBUG: '1' } })
      assert.match(stderr, /MODEL_MISSING: [^\n]*\n +at /)
    })
  })

  it('a relative path is meant from where npm run was called, not from the root of the package', async () => {
    await inNewFolder(async (cwd) => {
      const caller = join(cwd, 'caller')
      await mkdir(caller)
      const env = { npm_lifecycle_event: 'anomalyclip', INIT_CWD: caller }
      const { stderr } = await anomalyclip(['info', './nothing'], { cwd, env })
      assert.ok(stderr.includes(join(caller, 'nothing')), stderr)
    })
  })

  it('INIT_CWD of another npm script changes nothing', async () => {
    await inNewFolder(async (cwd) => {
      const env = { npm_lifecycle_event: 'test', INIT_CWD: '/elsewhere' }
      const { stderr } = await anomalyclip(['info', './nothing'], { cwd, env })
      assert.ok(stderr.includes(join(cwd, 'nothing')), stderr)
    })
  })

  it('a reader that stops reading ends the program quietly', async () => {
    const child = startAnomalyclip(['detect', '--help'], here)
    child.process.stdout.destroy()
    const { status, stderr } = await child.outcome
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  })
})
