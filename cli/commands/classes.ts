import { addClasses, withClasses } from '../../models/add-classes.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { readManifest } from '../../models/open.ts'
import { defineCommand } from '../command.ts'
import { givenModelFolder } from '../model-folder.ts'
import { flag, repeated, text, usageError } from '../options.ts'
import { displayProgress } from '../progress.ts'

export const classes = defineCommand({
  name: 'classes',
  summary: 'list the class names that a model knows, and add more',
  usage: ['classes --model DIR [--json]', 'classes --model DIR --clip FILE --add NAME... [--json]'],
  about: `Models of the methods clip, clip-ac, winclip, april-gan and coop compare an image with prompts
that say what it shows. The first form lists the names that a model was built with or given
since. The second form computes the text features of further names and adds them without
building the model again: until then the folder is as it was, and its version stays, so that
thresholds keep their calibration. What runs the model already knows them from its next start.`,
  options: {
    model: text('DIR', 'folder of a built model, or the name of one that "models" lists'),
    clip: text('FILE', 'the CLIP weights that the model was built from; "info" names them'),
    add: repeated(text('NAME', 'what stands in the prompts; may be given several times')),
    json: flag('one JSON object: {"model": ..., "classNames": [...], "defaultClass": ...},\nand "added"'),
  },
  operands: { name: 'operands', least: 0, most: 0 },
  examples: [
    'anomalyclip classes --model my-winclip',
    'anomalyclip classes --model my-winclip --clip vit_b_16_plus_240.pt --add screw --add "metal nut"',
  ],
  exit: {
    0: 'listed; or all names are there now, also where they were before',
    1: 'the model takes no class names, or the names could not be added',
  },
  run: async (given, _operands, surroundings) => {
    const { print, path, signal } = surroundings
    if (given.model === undefined)
      throw usageError('classes needs --model, and it was not given. See: anomalyclip classes --help')
    if ((given.clip === undefined) !== (given.add === undefined))
      throw usageError('classes needs --clip and --add together. See: anomalyclip classes --help')
    const folder = await givenModelFolder(given.model, surroundings)
    if (given.clip === undefined || given.add === undefined) {
      const manifest = await readManifest(folder)
      await print(given.json === true ? inJson(manifest) : inWords(manifest))
      return 0
    }
    const progress = displayProgress(surroundings)
    progress.show('computing text features', null)
    const { manifest, added } = await addClasses(folder, {
      clip: path(given.clip),
      classNames: given.add,
      signal,
    }).finally(() => progress.end())
    await print(given.json === true ? inJson(manifest, added) : `${inWords(manifest)}\n\n${saying(added)}`)
    return 0
  },
})

const inWords = (manifest: ModelManifest): string => {
  const { classNames, defaultClass } = withClasses(manifest).text
  return classNames.map((name) => (name === defaultClass ? `${name} (default)` : name)).join('\n')
}

const inJson = (manifest: ModelManifest, added?: readonly string[]): string => {
  const { name, text } = withClasses(manifest)
  const { classNames, defaultClass } = text
  return JSON.stringify({ model: name, classNames, defaultClass, ...(added === undefined ? {} : { added }) })
}

const saying = (added: readonly string[]): string =>
  added.length === 0
    ? 'nothing to add: all of them were there'
    : `added ${added.map((name) => `"${name}"`).join(', ')}`
