import assert from 'node:assert/strict'
import { openWeights } from '../../../models/weights/index.ts'
import { fixture, floats, safetensors, scratchFolder, zip } from './craft.ts'

describe('opening weights', () => {
  const write = scratchFolder()

  it('goes by content, whatever the file is called', async () => {
    const header = { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }
    const weights = await openWeights(write('really-safetensors.pth', safetensors(header, floats(1))))
    await weights.close()
    assert.equal(weights.format, 'safetensors')
  })

  const refused: Record<string, readonly [code: string, message: RegExp, file: () => string]> = {
    'what does not exist': ['WEIGHTS_FILE_MISSING', /ENOENT/, () => write('nowhere')],
    'a folder': ['WEIGHTS_FILE_MISSING', /not a file/, () => import.meta.dirname],
    'an empty file': ['WEIGHTS_FORMAT_UNKNOWN', /empty/, () => write('empty', '')],
    'a picture': [
      'WEIGHTS_FORMAT_UNKNOWN',
      /89504e47/,
      () => write('picture', Buffer.from('89504e470d0a1a0a', 'hex')),
    ],
    'a pickle of old torch, saying how to convert it': [
      'WEIGHTS_FORMAT_UNKNOWN',
      /torch\.save\(torch\.load/,
      () => fixture('legacy.pth'),
    ],
    'a Git LFS pointer': [
      'WEIGHTS_FORMAT_UNKNOWN',
      /git lfs pull/,
      () => write('pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
    ],
    'a web page': [
      'WEIGHTS_FORMAT_UNKNOWN',
      /web page/,
      () => write('page', '<!doctype html><title>Sign in</title>'),
    ],
    'a zip archive of something else': [
      'WEIGHTS_FORMAT_UNKNOWN',
      /0 entries data\.pkl/,
      () => write('other.zip', zip([{ path: 'readme.txt', data: 'hello' }])),
    ],
  }
  for (const [what, [code, message, file]] of Object.entries(refused))
    it(`refuses ${what}`, async () => {
      await assert.rejects(openWeights(file()), { code, message })
    })
})
