import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../../tools/tree.ts'
import { inferenceProcessesOf, isAlive } from '../support/processes.ts'

interface Demo {
  readonly process: ChildProcess
  readonly lines: readonly string[]
  /** Resolves with the match of the first line that matches, past ones included. */
  line(pattern: RegExp): Promise<RegExpMatchArray>
  /** Resolves with status or signal once it has ended and its output is closed. */
  readonly ended: Promise<unknown>
}

const startDemo = (userDir: string): Demo => {
  const child = spawn(
    process.execPath,
    [
      join(root, 'demo/start.ts'),
      ...['port', 'mqtt-port', 'plc-port', 'camera-port', 'vision-port'].flatMap((it) => [`--${it}`, '0']),
      ...['--user-dir', userDir, '--pause', '50'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(text))
  return {
    process: child,
    lines,
    line: async (pattern) => {
      for (;;) {
        const found = lines.map((text) => text.match(pattern)).find((match) => match !== null)
        if (found) return found
        assert.equal(child.exitCode, null, `the demonstration has ended:\n${lines.join('\n')}`)
        await sleep(50)
      }
    },
    ended: once(child, 'close').then(([code, signal]) => code ?? signal),
  }
}

/** Source: proc(5), /proc/PID/task/TID/children. */
const childrenOf = (pid = 0): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

describe('the demonstration', function () {
  this.timeout(180_000)
  let userDir = ''
  let demo: Demo
  const demos: Demo[] = []
  const start = (): Demo => {
    const started = startDemo(userDir)
    demos.push(started)
    return started
  }

  before(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'demo-'))
    demo = start()
  })

  after(async () => {
    for (const { process, ended } of demos) {
      process.kill('SIGTERM')
      await ended
    }
    await rm(userDir, { recursive: true, force: true })
  })

  it('calibrates on good parts, then finds good parts ok and bad parts alarming', async () => {
    await demo.line(/ calibrating .* good part 10\/10 /)
    await demo.line(/ ok .* right \(\w+-good/)
    await demo.line(/ alarm .* right \(\w+-bad/)
  })

  for (const [station, who] of [
    ['PLC serves', 'the server'],
    ['PLC calls', 'the client'],
  ] as const)
    it(`answers a PLC that is ${who}: good parts pass, bad parts are rejected, and both are counted`, async () => {
      await demo.line(new RegExp(` pass .*${station}.* right \\(\\w+-good.* [1-9]\\d* passed`))
      await demo.line(new RegExp(` reject .*${station}.* right \\(\\w+-bad.* [1-9]\\d* rejected`))
    })

  it('serves the page and what it asks for', async () => {
    const [, url = ''] = await demo.line(/live page\s+(\S+)/)
    const page = await fetch(url)
    assert.match(await page.text(), /<title>Inspection<\/title>/)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)

    const latest = await (await fetch(`${url}/latest?after=0`)).json()
    assert.equal(latest.error, null)
    assert.equal(latest.inspections.length, latest.kept)
    assert.equal(
      latest.counts.right + latest.counts.falseAlarms + latest.counts.missed,
      latest.counts.ok + latest.counts.alarm,
    )
    const alarm = latest.inspections.find((it: { level: string }) => it.level === 'alarm')
    assert.deepEqual(alarm.pictures.toSorted(), ['heat', 'photo', 'truth'])
    assert.ok(alarm.threshold > 0 && alarm.reason !== '', 'no threshold or no reason')

    const newer = await (await fetch(`${url}/latest?run=${latest.run}&after=${latest.last}`)).json()
    assert.ok(newer.inspections.every((it: { number: number }) => it.number > latest.last))

    const pictureOf = (number: number, kind: string) =>
      fetch(`${url}/picture/${latest.run}/${number}/${kind}`)
    const { number } = newer.inspections.at(-1) ?? latest.inspections.at(-1)
    const types = { heat: 'image/jpeg', photo: 'image/jpeg', truth: 'image/png' }
    for (const [kind, type] of Object.entries(types)) {
      const picture = await pictureOf(number, kind)
      assert.equal(picture.status, 200)
      assert.equal(picture.headers.get('content-type'), type)
      assert.ok((await picture.bytes()).length > 100, `${kind} is empty`)
    }
    assert.equal((await pictureOf(number, 'toString')).status, 404)
    assert.equal((await pictureOf(0, 'heat')).status, 404)
  })

  it('ends with status 0 on Ctrl-C and leaves no process behind', async () => {
    const [nodeRed = 0, ...others] = childrenOf(demo.process.pid)
    assert.deepEqual(others, [])
    const inference = inferenceProcessesOf(nodeRed)
    assert.equal(inference.length, 1)

    demo.process.kill('SIGINT')
    assert.equal(await demo.ended, 0)
    assert.deepEqual([nodeRed, ...inference].filter(isAlive), [])
    assert.deepEqual(
      demo.lines.filter((text) => /Node-RED: |not inspected/.test(text)),
      [],
    )
  })

  it('ends with status 0 while Node-RED starts, too', async () => {
    const { process, ended } = start()
    while (childrenOf(process.pid).length === 0) await sleep(10)
    const [nodeRed = 0] = childrenOf(process.pid)
    process.kill('SIGTERM')
    assert.equal(await ended, 0)
    assert.equal(isAlive(nodeRed), false)
  })

  it('keeps its calibrations until the next start', async () => {
    const again = start()
    const [first] = await again.line(/ score .*/)
    assert.doesNotMatch(first, /good part/)
    again.process.kill('SIGINT')
    assert.equal(await again.ended, 0)
  })
})
