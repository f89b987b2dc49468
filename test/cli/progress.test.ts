import assert from 'node:assert/strict'
import { displayProgress, sizeInWords } from '../../cli/progress.ts'

const recorder = ({ terminal }: { terminal: boolean }) => {
  const seen: string[] = []
  const clock = { now: 0 }
  const display = displayProgress(
    {
      complain: (line) => seen.push(`${line}\n`),
      rewrite: terminal ? (line) => seen.push(line) : null,
    },
    () => clock.now,
  )
  return { seen, clock, ...display }
}

describe('progress', () => {
  it('in a log file is a line at the start and one every ten percent', () => {
    const { show, seen } = recorder({ terminal: false })
    for (let done = 0; done <= 1000; done++) show('fetching', done / 1000)
    assert.equal(seen.length, 11)
    assert.deepEqual(seen.slice(0, 2), ['fetching  0 %\n', 'fetching  10 %\n'])
    assert.equal(seen.at(-1), 'fetching  100 %\n')
  })

  it('in a log file a step of unknown length is said once', () => {
    const { show, seen } = recorder({ terminal: false })
    show('checking', null)
    show('checking', null)
    assert.deepEqual(seen, ['checking\n'])
  })

  it('in a log file steps that begin half-way, as a resumed download does, still start with a line', () => {
    const { show, seen } = recorder({ terminal: false })
    show('fetching', 0.57)
    show('fetching', 0.58)
    show('fetching', 0.6)
    assert.deepEqual(seen, ['fetching  57 %\n', 'fetching  60 %\n'])
  })

  it('on a terminal rewrites its line no oftener than can be read, but never leaves out the end', () => {
    const { show, seen, clock } = recorder({ terminal: true })
    show('fetching', 0)
    clock.now = 10
    show('fetching', 0.4)
    show('fetching', 1)
    assert.deepEqual(seen, ['fetching  0 %', 'fetching  100 %'])
  })

  it('on a terminal a new step starts a new line, and the end leaves the last one standing', () => {
    const { show, end, seen } = recorder({ terminal: true })
    show('fetching', 1)
    show('writing', 0)
    end()
    end()
    assert.deepEqual(seen, ['fetching  100 %', '\n', 'writing  0 %', '\n'])
  })

  it('sizes are in megabytes, with a decimal while they are small', () => {
    assert.equal(sizeInWords(1_500_000, 934_000_000), '1.5 of 934 MB')
    assert.equal(sizeInWords(500, null), '0.0 MB')
  })
})
