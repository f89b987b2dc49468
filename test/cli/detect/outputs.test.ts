import assert from 'node:assert/strict'
import { planOutputs } from '../../../cli/detect/outputs.ts'
import { isCodedError } from '../../../errors/index.ts'

const input = (path: string) => ({ file: path, path })
const refused = (error: unknown) => isCodedError(error, 'CLI_OUTPUT')

describe('where results go', () => {
  it('a map takes the name of its image, without the ending', () => {
    const image = input('/in/part.7.png')
    assert.deepEqual(planOutputs([image], { mapDir: '/maps', overlayDir: '/seen' })(image), {
      map: '/maps/part.7.npy',
      overlay: '/seen/part.7.jpg',
    })
  })

  it('nothing is written that nobody asked for', () => {
    const image = input('/in/a.png')
    assert.deepEqual(planOutputs([image], {})(image), {})
  })

  it('the second image of a name is refused, and says whose place it is', () => {
    const [first, second] = [input('/good/000.png'), input('/bad/000.jpg')]
    const outputsOf = planOutputs([first, second], { mapDir: '/maps' })
    outputsOf(first)
    assert.throws(
      () => outputsOf(second),
      (error: Error) => refused(error) && error.message.includes('/good/000.png'),
    )
  })

  it('without result folders images may share a name', () => {
    const [first, second] = [input('/good/000.png'), input('/bad/000.png')]
    const outputsOf = planOutputs([first, second], {})
    outputsOf(first)
    outputsOf(second)
  })

  it('an overlay never replaces an image of the run', () => {
    const image = input('/in/a.jpg')
    assert.throws(() => planOutputs([image], { overlayDir: '/in' })(image), refused)
  })
})
