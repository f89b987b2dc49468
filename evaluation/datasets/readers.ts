import { BTAD, DTD_SYNTHETIC, MPDD, MVTEC } from './class-names.ts'
import { coco } from './coco.ts'
import { csv } from './csv.ts'
import { dagm } from './dagm.ts'
import { folder } from './folder.ts'
import { goodAndBad, headct, imagesAndMasks } from './medical.ts'
import { mvtecLike } from './mvtec-like.ts'
import { sdd } from './sdd.ts'
import type { Reader } from './types.ts'
import { visa } from './visa.ts'

const IMAGES_AND_MASKS = ['images', 'masks'] as const

/** Every data set by the name that `--dataset` takes. */
export const READERS = {
  mvtec: mvtecLike(MVTEC),
  visa,
  mpdd: mvtecLike(MPDD),
  btad: mvtecLike(BTAD, 'ok'),
  sdd,
  dagm,
  'dtd-synthetic': mvtecLike(DTD_SYNTHETIC),
  headct,
  brainmri: goodAndBad('brain', ['no', 'brain_tumor_dataset/no'], ['yes', 'brain_tumor_dataset/yes']),
  // `pred/` holds images that nobody has labelled.
  br35h: goodAndBad('brain', ['no'], ['yes']),
  // COVID-19 against normal; other illnesses are left out. `masks/` of the later version outline lungs.
  'covid-19': goodAndBad(
    'chest',
    ['Normal/images', 'Normal', 'NORMAL/images', 'NORMAL'],
    ['COVID/images', 'COVID', 'COVID-19/images', 'COVID-19'],
  ),
  isic: imagesAndMasks(
    'skin',
    [['ISBI2016_ISIC_Part1_Test_Data', 'ISBI2016_ISIC_Part1_Test_GroundTruth']],
    ['_Segmentation'],
  ),
  colondb: imagesAndMasks('colon', [IMAGES_AND_MASKS]),
  // The owners' archive, the same within a folder of its format, and the copy that the reference reads.
  clinicdb: imagesAndMasks('colon', [
    ['Original', 'Ground Truth'],
    ['PNG/Original', 'PNG/Ground Truth'],
    ['TIF/Original', 'TIF/Ground Truth'],
    IMAGES_AND_MASKS,
  ]),
  kvasir: imagesAndMasks('colon', [IMAGES_AND_MASKS]),
  endo: imagesAndMasks('colon', [IMAGES_AND_MASKS]),
  tn3k: imagesAndMasks('thyroid', [['test-image', 'test-mask']]),
  folder,
  csv,
  coco,
} satisfies Record<string, Reader>

export type DatasetName = keyof typeof READERS

export const DATASET_NAMES = Object.keys(READERS) as readonly DatasetName[]
