import published from './catalog.json' with { type: 'json' }
import type { SourceRole } from './manifest.ts'
import type { MethodName } from './method-names.ts'

/** A published file of weights: where it is, and how a copy of it is recognised. */
export interface CatalogWeights {
  readonly role: SourceRole
  readonly title: string
  /** Path inside a folder of downloads; the last part is the name that it was published under. */
  readonly file: string
  readonly url: string
  /** For people: how long a download will take. Rounded, never checked. */
  readonly aboutMegabytes: number
  /** Lower-case hex, or its beginning where the publisher states no more; `note` says so. */
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
  readonly method: MethodName
  readonly purpose: string
  readonly clip: CatalogWeights
  readonly prompts?: CatalogWeights
  readonly linear?: CatalogWeights
  readonly imageSize: number
  readonly dpamLayers?: number
  readonly features?: readonly number[]
  readonly sigma: number
}

const weights = published.weights as Record<string, CatalogWeights>

/** A name in catalog.json that leads nowhere is a mistake of ours, found by the first test that loads this file. */
const weightsNamed = (name: string): CatalogWeights => {
  const found = weights[name]
  if (found === undefined) throw new Error(`catalog.json names weights '${name}' that it does not describe`)
  return found
}

/** As the file has it: weights by their names there. */
type PublishedModel = Omit<CatalogModel, SourceRole> &
  Readonly<Partial<Record<SourceRole, string>>> & { readonly clip: string }

/** All models of catalog.json, in its order. */
export const CATALOG: readonly CatalogModel[] = (published.models as readonly PublishedModel[]).map(
  ({ clip, prompts, linear, ...model }) => ({
    ...model,
    clip: weightsNamed(clip),
    ...(prompts === undefined ? {} : { prompts: weightsNamed(prompts) }),
    ...(linear === undefined ? {} : { linear: weightsNamed(linear) }),
  }),
)

/** The files that a model is built from, the small ones first: if one cannot be had, nobody has waited for the large one in vain. */
export const weightsOf = ({ clip, prompts, linear }: CatalogModel): readonly CatalogWeights[] =>
  [prompts, linear, clip].filter((weights) => weights !== undefined)

/** Megabytes to fetch before the model can be built. */
export const downloadMegabytes = (model: CatalogModel): number =>
  weightsOf(model).reduce((sum, { aboutMegabytes }) => sum + aboutMegabytes, 0)
