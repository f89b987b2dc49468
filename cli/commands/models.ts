import { type ListedModel, listModels, modelFolder } from '../../engine/index.ts'
import { CATALOG, type CatalogModel, downloadMegabytes, weightsOf } from '../../models/catalog.ts'
import { defineCommand } from '../command.ts'
import { oneLine } from '../one-line.ts'
import { flag } from '../options.ts'
import { table } from '../table.ts'

export const models = defineCommand({
  name: 'models',
  summary: 'list the models that are built and those that can be',
  usage: ['models [--json]'],
  about: `Built models are the embedded one, nano, and those in ~/.node-red/anomalyclip/models. The
catalogue holds models that "build" makes from weights that their authors published. Nothing
is fetched by listing.`,
  options: { json: flag('one JSON object: {"built": [...], "catalogue": [...]}') },
  operands: { name: 'operands', least: 0, most: 0 },
  examples: ['anomalyclip models', "anomalyclip models --json | jq -r '.built[].name'"],
  exit: { 0: 'listed', 1: 'the folder of built models cannot be read' },
  run: async (given, _operands, { print, userDir }) => {
    const built = (await listModels(userDir)).map((model) => ({
      ...model,
      folder: modelFolder(model.name, userDir),
    }))
    await print(given.json === true ? JSON.stringify({ built, catalogue: CATALOG }) : inWords(built))
    return 0
  },
})

type Built = ListedModel & { readonly folder: string }

const inWords = (built: readonly Built[]): string =>
  [
    'Built:',
    table(built.map(rowOf)),
    '',
    'Catalogue (anomalyclip build --model NAME):',
    ...CATALOG.map((model) => entryOf(model, built)),
  ].join('\n')

const rowOf = (model: Built): readonly string[] =>
  model.usable
    ? [`  ${model.name}`, model.method, `${model.imageSize} px`, `version ${model.version}`, model.folder]
    : [`  ${model.name}`, '-', '-', '-', oneLine(model.error)]

const entryOf = (model: CatalogModel, built: readonly Built[]): string => {
  const licences = [...new Set(weightsOf(model).map(({ licence }) => licence))].join(' and ')
  const state = built.some(({ name, usable }) => usable && name === model.name) ? ' (built)' : ''
  return [
    `  ${model.name}${state}`,
    `    ${model.purpose}`,
    `    ${model.imageSize} px, about ${downloadMegabytes(model)} MB to fetch, licence ${licences}`,
  ].join('\n')
}
