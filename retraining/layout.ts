import { join } from 'node:path'

/** What lies where in the folder of one line's training. */
export interface Layout {
  readonly folder: string
  /** Images to train on: good/, bad/ and masks/, as `--dataset folder` reads them. */
  readonly images: string
  /** The same, to compare models on; never trained on. */
  readonly heldOut: string
  readonly trainingList: string
  readonly heldOutList: string
  /** Output of `anomalyclip train`. */
  readonly trained: string
  /** Kept from training to training: an image goes through the vision tower once. */
  readonly features: string
  /** The new model, until it is put into use. */
  readonly candidate: string
  /** Output of `anomalyclip evaluate`. */
  readonly compared: string
  readonly run: string
  readonly offer: string
}

export const layoutOf = (folder: string): Layout => {
  const at = (name: string): string => join(folder, name)
  return {
    folder,
    images: at('images'),
    heldOut: at('held-out'),
    trainingList: at('training.csv'),
    heldOutList: at('held-out.csv'),
    trained: at('trained'),
    features: at('features'),
    candidate: at('candidate'),
    compared: at('compared'),
    run: at('run.json'),
    offer: at('offer.json'),
  }
}
