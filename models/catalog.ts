import published from './catalog.json' with { type: 'json' }

/** A published file of weights: where it is, and how a copy of it is recognised. */
export interface CatalogWeights {
  readonly role: 'clip' | 'prompts'
  readonly title: string
  /** Path inside a folder of downloads; the last part is the name that it was published under. */
  readonly file: string
  readonly url: string
  /** For people: how long a download will take. Rounded, never checked. */
  readonly aboutMegabytes: number
  /** One of the two is there. */
  readonly sha256?: string
  /** Object id in the publisher's git repository: SHA-1 of `blob SIZE\0` and the content. */
  readonly gitBlob?: string
  readonly licence: string
  /** Where the publisher describes it. */
  readonly source: string
  /** What a reader of the published names would get wrong. */
  readonly note?: string
}

/** A model that can be built from published weights, with the settings its publisher gives figures for. */
export interface CatalogModel {
  readonly name: string
  readonly method: 'anomalyclip'
  readonly purpose: string
  readonly clip: CatalogWeights
  readonly prompts: CatalogWeights
  readonly imageSize: number
  readonly dpamLayers: number
  readonly features: readonly number[]
  readonly sigma: number
}

const weights = published.weights as Record<string, CatalogWeights>

/** A name in catalog.json that leads nowhere is a mistake of ours, found by the first test that loads this file. */
const weightsNamed = (name: string): CatalogWeights => {
  const found = weights[name]
  if (found === undefined) throw new Error(`catalog.json names weights '${name}' that it does not describe`)
  return found
}

/** All models of catalog.json, in its order. */
export const CATALOG: readonly CatalogModel[] = published.models.map((model) => ({
  ...model,
  method: 'anomalyclip',
  clip: weightsNamed(model.clip),
  prompts: weightsNamed(model.prompts),
}))

/** Megabytes to fetch before the model can be built. */
export const downloadMegabytes = ({ clip, prompts }: CatalogModel): number =>
  clip.aboutMegabytes + prompts.aboutMegabytes
