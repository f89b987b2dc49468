/**
 * `node tools/training-gain.ts`: what training is worth on the nano towers. Prompts are learnt from random ones on drawn parts, and measured on parts of
 * textures that they have not seen: image and pixel AUROC of the untrained and of the trained prompts for three seeds, beside nano's delivered
 * prompts and two written captions. Takes a few minutes; exit status 1 where training does not help every time.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { table } from '../cli/table.ts'
import { type GainOptions, measureGain } from '../test/support/training-gain.ts'

const OPTIONS: GainOptions = { training: 200, heldOut: 120, epochs: 10 }
const SEEDS = [1, 2, 3]

const percent = ({ image, pixel }: { readonly image: number; readonly pixel: number }): string[] =>
  [image, pixel].map((auroc) => (100 * auroc).toFixed(1))

const folder = await mkdtemp(join(tmpdir(), 'training-gain-'))
try {
  const { gains, delivered, captions } = await measureGain(folder, SEEDS, OPTIONS)
  console.log(
    table([
      ['prompts', 'image AUROC', 'pixel AUROC'],
      ...gains.flatMap(({ seed, untrained, trained }) => [
        [`seed ${seed}, untrained`, ...percent(untrained)],
        [`seed ${seed}, trained`, ...percent(trained)],
      ]),
      ["nano's own", ...percent(delivered)],
      ['two captions', ...percent(captions)],
    ]),
  )
  const isBetter = gains.every(
    ({ untrained, trained }) => trained.image > untrained.image && trained.pixel > untrained.pixel,
  )
  process.exitCode = isBetter ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
