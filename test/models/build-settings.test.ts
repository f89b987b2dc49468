import assert from 'node:assert/strict'
import { settingsOf } from '../../models/build-settings.ts'
import type { ClipDimensions } from '../../models/clip/dimensions.ts'
import type { MethodName } from '../../models/method-names.ts'

const clip = (width: number, layers: number, patch: number, embed: number, grid: number): ClipDimensions => ({
  vision: { width, layers, patch, grid },
  text: { width: 512, layers: 12, context: 77 },
  embed,
})
const VIT_L_14_336 = clip(1024, 24, 14, 768, 24)
const VIT_B_16_PLUS_240 = clip(896, 12, 16, 640, 15)
const OF_NOBODY = clip(64, 6, 16, 32, 4)

describe('the activation that a model is built with', () => {
  const activationOf = (
    method: MethodName,
    dimensions: ClipDimensions,
    imageSize?: number,
    archive = false,
  ) => settingsOf(method, imageSize === undefined ? {} : { imageSize }, dimensions, archive).activation

  const others = ['anomalyclip', 'clip', 'clip-ac', 'coop'] as const
  for (const method of others)
    it(`is QuickGELU for ${method}, also with weights of nobody known`, () => {
      for (const dimensions of [VIT_L_14_336, OF_NOBODY])
        assert.equal(activationOf(method, dimensions), 'quickgelu')
    })

  it('is GELU for ViT-B/16+, whatever the method', () => {
    for (const method of [...others, 'winclip', 'april-gan'] as const)
      assert.equal(activationOf(method, VIT_B_16_PLUS_240, 240), 'gelu')
  })

  it("is GELU under winclip, except for OpenAI's weights", () => {
    assert.equal(activationOf('winclip', OF_NOBODY), 'gelu')
    assert.equal(activationOf('winclip', VIT_L_14_336), 'quickgelu')
    assert.equal(activationOf('winclip', OF_NOBODY, 240, true), 'quickgelu')
  })

  it('is GELU under april-gan, except at the native size of the tower', () => {
    assert.equal(activationOf('april-gan', VIT_L_14_336), 'gelu')
    assert.equal(activationOf('april-gan', VIT_L_14_336, 336), 'quickgelu')
  })

  it('is what was chosen, before all rules', () => {
    const { activation } = settingsOf('winclip', { activation: 'quickgelu' }, VIT_B_16_PLUS_240, false)
    assert.equal(activation, 'quickgelu')
  })
})
