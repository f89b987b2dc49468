import assert from 'node:assert/strict'
import { splitImages } from '../../../training/data/split.ts'
import { drawnImages } from '../../support/training-images.ts'

const images = drawnImages(40, 8).map((image) => ({ image }))
const good = images.filter(({ image }) => image.label === 0)
const namesOf = (parts: readonly { image: { name: string } }[]) => parts.map(({ image }) => image.name)

describe('a validation', () => {
  it('takes the same share of good and of bad images, chosen by the seed', () => {
    const { training, validation } = splitImages(images, { validation: 0.25, seed: 1 })
    const bad = validation.filter(({ image }) => image.label === 1)
    assert.deepEqual([training.length, validation.length, bad.length], [30, 10, 5])
    assert.deepEqual([...namesOf(training), ...namesOf(validation)].toSorted(), namesOf(images).toSorted())
    const kept = namesOf(validation)
    assert.deepEqual(namesOf(splitImages(images, { validation: 0.25, seed: 1 }).validation), kept)
    assert.notDeepEqual(namesOf(splitImages(images, { validation: 0.25, seed: 2 }).validation), kept)
  })

  it('takes at least one image of each label and leaves one', () => {
    for (const share of [0.01, 0.9]) {
      const { training, validation } = splitImages(images.slice(0, 4), { validation: share, seed: 1 })
      for (const part of [training, validation])
        assert.equal(new Set(part.map(({ image }) => image.label)).size, 2)
    }
  })

  it('is not there where none is asked for', () => {
    const { training, validation } = splitImages(images, { validation: 0, seed: 1 })
    assert.deepEqual([training, validation], [images, []])
  })

  it('and a training need images of both labels', () => {
    const few = [...good, images[1]!]
    for (const [all, validation] of [
      [good, 0],
      [images.filter(({ image }) => image.label === 1), 0],
      [[], 0],
      [few, 0.5],
    ] as const)
      assert.throws(() => splitImages(all, { validation, seed: 1 }), { code: 'TRAINING_IMAGES' })
    assert.equal(splitImages(few, { validation: 0, seed: 1 }).training.length, 21)
  })
})
