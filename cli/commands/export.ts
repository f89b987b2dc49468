import { exportClient, exportTriton } from '../../models/export/index.ts'
import { readManifest } from '../../models/open.ts'
import { defineCommand } from '../command.ts'
import { givenModelFolder } from '../model-folder.ts'
import { number, text, usageError } from '../options.ts'

export const exportModel = defineCommand({
  name: 'export',
  summary: 'write a model for an inference server, and what its clients need of it',
  usage: ['export --triton DIR [--name NAME] [--max-batch N] MODEL', 'export --client DIR MODEL'],
  about: `MODEL is a model folder, or the name of a built model (nano is the embedded one). --triton writes
it into a model repository of Triton Inference Server: DIR/NAME with config.pbtxt, version 1 of
the graph and its weights. Other models in DIR stay, and an earlier export of that name is
replaced; a DIR that holds anything else is refused. --client writes a model folder without the
graph, for boxes that have the model run on a server: they need it for the self-test and the
text features. It replaces an earlier export for clients, and never a whole model. Both may be
given together. Nothing is left half written. A model that "engine" compiled is refused: it is
bound to one GPU.`,
  options: {
    triton: text('DIR', 'model repository; it and DIR/NAME are made where they are not there'),
    client: text('DIR', 'model folder for the clients of the server'),
    name: text('NAME', 'of the model on the server (default: its name in model.json)'),
    'max-batch': number(
      'N',
      'images that Triton puts together at most, of all its clients (default: 8);\nnot for models that take class names, whose requests stay apart',
      { least: 1, most: 1024 },
    ),
  },
  operands: { name: 'a MODEL', least: 1, most: 1 },
  examples: [
    'anomalyclip export --triton models nano',
    'anomalyclip export --triton models --client box anomalyclip-vit-l-14-336-trained-on-visa',
    'anomalyclip detect --server http://triton:8000 --model box part.jpg',
  ],
  exit: { 0: 'written', 1: 'the model is not whole, or the place cannot be written to' },
  run: async (given, [model], surroundings) => {
    const { print, path, signal } = surroundings
    const { triton, client, name, 'max-batch': maxBatch } = given
    if (triton === undefined && client === undefined)
      throw usageError(
        'export needs --triton or --client, and neither was given. See: anomalyclip export --help',
      )
    if (triton === undefined && (name !== undefined || maxBatch !== undefined))
      throw usageError('--name and --max-batch go with --triton. See: anomalyclip export --help')
    const folder = await givenModelFolder(model, surroundings)
    if (maxBatch !== undefined && (await readManifest(folder)).text !== null)
      throw usageError(
        '--max-batch has no meaning for a model that takes class names: each request brings its own, and stays apart. Leave it out.',
      )
    if (triton !== undefined) {
      const output = path(triton)
      const place = await exportTriton(folder, {
        output,
        signal,
        ...(name === undefined ? {} : { name }),
        ...(maxBatch === undefined ? {} : { maxBatch }),
      })
      await print(`wrote ${place}; serve it with: tritonserver --model-repository=${output}`)
    }
    if (client !== undefined) {
      const output = path(client)
      await exportClient(folder, { output, signal })
      await print(`wrote ${output}, for the clients of the server`)
    }
    return 0
  },
})
