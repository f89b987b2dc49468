import assert from 'node:assert/strict'
import { slowGuesses } from '../../../../connect/opcua/server/guesses.ts'

describe('guesses of a password', () => {
  const refused: string[] = []
  let pauses: (() => void)[] = []
  const check = slowGuesses({
    isUser: (name, password) => name === 'plc' && password === 'right',
    onRefused: (client) => refused.push(client),
    pause: () => new Promise<void>((resolve) => pauses.push(resolve)),
  })
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const aSecondLater = async (): Promise<void> => {
    const over = pauses
    pauses = []
    for (const end of over) end()
    await settled()
  }

  it('are one a second for each client, and hold up nobody else', async () => {
    const answers: string[] = []
    for (const password of ['a', 'b', 'right'])
      void check('guesser', 'plc', password).then((isUser) => answers.push(`${password} ${isUser}`))
    assert.equal(await check('panel', 'plc', 'right'), true)
    await settled()
    assert.deepEqual(answers, [])
    await aSecondLater()
    assert.deepEqual(answers, ['a false'])
    await aSecondLater()
    assert.deepEqual(answers, ['a false', 'b false', 'right true'])
    assert.deepEqual(refused, ['guesser', 'guesser'])
  })

  it('that come faster than they are answered are not even looked at', async () => {
    const early = Array.from({ length: 5 }, () => check('guesser', 'plc', 'a'))
    assert.equal(await check('guesser', 'plc', 'right'), false)
    for (const _ of early) {
      await settled()
      await aSecondLater()
    }
    assert.deepEqual(await Promise.all(early), [false, false, false, false, false])
    assert.equal(await check('guesser', 'plc', 'right'), true)
  })
})
