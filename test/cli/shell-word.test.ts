import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { shellWord } from '../../cli/shell-word.ts'

describe('a word for a shell', () => {
  it('stands as it is where nothing in it has a meaning', () => {
    assert.equal(shellWord('metal_nut-2.0'), 'metal_nut-2.0')
    assert.equal(shellWord('metal nut'), "'metal nut'")
  })

  it('is to a POSIX shell what it was', function () {
    if (process.platform === 'win32') this.skip()
    for (const text of [
      '',
      "it's",
      '$(echo no) `echo no` $HOME',
      'a"b\\c',
      '~ * ? ; & | < > # !',
      'two\nlines',
      'naïve ß',
    ])
      assert.equal(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' }), text)
  })
})
