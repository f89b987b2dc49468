import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { type DataSetName, readDataSet } from '../../../evaluation/datasets/index.ts'
import { inTree, type Tree } from '../tree.ts'

const MVTEC: Tree = {
  'bottle/train/good/000.png': '',
  'bottle/test/good/000.png': '',
  'bottle/test/broken_large/000.png': '',
  'bottle/test/broken_large/001.png': '',
  'bottle/ground_truth/broken_large/000_mask.png': '',
  'bottle/ground_truth/broken_large/001_mask.png': '',
  'metal_nut/test/good/000.png': '',
  'metal_nut/test/bent/000.png': '',
  'metal_nut/ground_truth/bent/000_mask.png': '',
  'license.txt': '',
}

const OWN: Tree = {
  'good/a.jpg': '',
  'good/b.jpg': '',
  'bad/c.jpg': '',
  'masks/c.png': '',
}

const without = (tree: Tree, path: string): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([name]) => name !== path))

describe('the layout of MVTec AD', () => {
  for (const name of ['mvtec', 'mpdd', 'dtd-synthetic'] as const satisfies readonly DataSetName[])
    it(`is that of ${name}: what is tested, with the masks of what is anomalous`, () =>
      inTree(MVTEC, async (root) => {
        const { categories, hasMasks, problems } = await readDataSet(name, root)
        assert.deepEqual(problems, [])
        assert.equal(hasMasks, true)
        assert.deepEqual(
          categories.map(({ name: category, samples }) => [
            category,
            samples.map(({ name: file, label, mask }) => [file, label, mask && basename(mask)]),
          ]),
          [
            [
              'bottle',
              [
                ['bottle/test/broken_large/000.png', 1, '000_mask.png'],
                ['bottle/test/broken_large/001.png', 1, '001_mask.png'],
                ['bottle/test/good/000.png', 0, null],
              ],
            ],
            [
              'metal_nut',
              [
                ['metal_nut/test/bent/000.png', 1, '000_mask.png'],
                ['metal_nut/test/good/000.png', 0, null],
              ],
            ],
          ],
        )
        assert.equal(categories[0]!.samples[0]!.image, join(root, 'bottle/test/broken_large/000.png'))
      }))

  it('names what is not as it should be', () =>
    inTree(
      {
        ...without(MVTEC, 'bottle/ground_truth/broken_large/001_mask.png'),
        'bottle/ground_truth/broken_large/007_mask.png': '',
        'bottle/test/good/notes.txt': '',
        'papers/cvpr.pdf': '',
        'bottle/test/good/.DS_Store': '',
      },
      async (root) => {
        const { problems } = await readDataSet('mvtec', root)
        assert.deepEqual(problems, [
          { file: 'bottle/ground_truth/broken_large/007_mask.png', found: 'is the mask of no image' },
          { file: 'bottle/test/broken_large/001.png', found: 'has no mask' },
          { file: 'bottle/test/good/notes.txt', found: 'is no image' },
          { file: 'papers', found: 'has no folder test' },
        ])
      },
    ))

  it('is not found in a folder of another layout, or in none', () =>
    inTree(OWN, async (root) => {
      await assert.rejects(readDataSet('mvtec', root), {
        code: 'EVALUATION_DATASET',
        message: /CATEGORY\/test/,
      })
      await assert.rejects(readDataSet('mvtec', join(root, 'nowhere')), {
        code: 'EVALUATION_DATASET',
        message: /nowhere could not be read/,
      })
    }))
})

describe('a folder of somebody’s own', () => {
  it('is one category of its name, with masks by the base names of the bad images', () =>
    inTree(OWN, async (root) => {
      const { categories, hasMasks, problems } = await readDataSet('folder', root)
      assert.deepEqual(problems, [])
      assert.equal(hasMasks, true)
      assert.deepEqual(
        categories.map(({ name }) => name),
        [basename(root)],
      )
      assert.deepEqual(
        categories[0]!.samples.map(({ name, label, mask }) => [name, label, mask && basename(mask)]),
        [
          ['good/a.jpg', 0, null],
          ['good/b.jpg', 0, null],
          ['bad/c.jpg', 1, 'c.png'],
        ],
      )
    }))

  it('needs no masks', () =>
    inTree(without(OWN, 'masks/c.png'), async (root) => {
      const { hasMasks, problems } = await readDataSet('folder', root)
      assert.deepEqual([hasMasks, problems], [false, []])
    }))

  it('names a bad image without a mask where others have one, a mask of nothing, and what is no image', () =>
    inTree({ ...OWN, 'bad/d.jpg': '', 'masks/e.png': '', 'good/list.csv': '' }, async (root) => {
      const { problems } = await readDataSet('folder', root)
      assert.deepEqual(problems, [
        { file: 'good/list.csv', found: 'is no image' },
        { file: 'bad/d.jpg', found: 'has no mask' },
        { file: 'masks/e.png', found: 'is the mask of no image' },
      ])
    }))

  it('without images is refused', () =>
    inTree({ 'good/a.txt': '', 'bad/b.txt': '' }, (root) =>
      assert.rejects(readDataSet('folder', root), {
        code: 'EVALUATION_DATASET',
        message: /no images in good/,
      }),
    ))
})
