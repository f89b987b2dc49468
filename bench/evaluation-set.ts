import { mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import sharp from 'sharp'

const samples = join(resolve(import.meta.dirname, '..'), 'models', 'nano', 'samples')

/** As in the test part of MVTec AD: 1,725 in 15 categories. */
const IMAGES_OF_A_CATEGORY = 115

/**
 * Writes a data set of the layout of MVTec AD in categories of the usual size: the nano model's samples over and over, each time a little brighter, as JPEG of
 * 320 × 320, every second one bad with a mask (PNG) of two regions.
 * @param images of all categories together
 */
export const writeEvaluationSet = async (root: string, images: number): Promise<void> => {
  const names = (await readdir(samples)).filter((name) => name.endsWith('.png'))
  const kinds = {
    good: names.filter((name) => name.includes('-good')),
    bad: names.filter((name) => name.includes('-bad-')),
  }
  const categories = Math.ceil(images / IMAGES_OF_A_CATEGORY)
  for (let category = 0; category < categories; category++) {
    const folder = join(root, `part-${category + 1}`)
    for (const name of ['test/good', 'test/bad', 'ground_truth/bad'])
      await mkdir(join(folder, name), { recursive: true })
    for (let i = category; i < images; i += categories) {
      const number = Math.floor(i / categories)
      const kind = number % 2 === 0 ? 'good' : 'bad'
      const stem = String(number).padStart(5, '0')
      // By a little each time: no two files are equal.
      await sharp(join(samples, kinds[kind][i % kinds[kind].length]!))
        .removeAlpha()
        .linear(1 - (i % 500) / 1000, i / 100)
        .jpeg({ quality: 90 })
        .toFile(join(folder, 'test', kind, `${stem}.jpg`))
      if (kind === 'bad') await writeMask(join(folder, 'ground_truth/bad', `${stem}_mask.png`), i)
    }
  }
}

const writeMask = async (file: string, number: number): Promise<void> => {
  const region = (width: number, height: number) => ({
    create: { width, height, channels: 3, background: '#fff' } as const,
  })
  await sharp({ create: { width: 320, height: 320, channels: 3, background: '#000' } })
    .composite([
      { input: region(60, 40), left: number % 100, top: 30 },
      { input: region(20, 90), left: 200, top: number % 200 },
    ])
    .toColourspace('b-w')
    .png()
    .toFile(file)
}
