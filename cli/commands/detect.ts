import { messageOf } from '../../errors/index.ts'
import { readManifest } from '../../models/open.ts'
import { chosenClass } from '../../models/text-features.ts'
import { defineCommand } from '../command.ts'
import { detectImages, IMAGES_IN_FLIGHT } from '../detect/detect.ts'
import { expandInputs } from '../detect/inputs.ts'
import { TABLE_HEAD, tableRow } from '../detect/record.ts'
import { givenView, VIEW } from '../detect/view.ts'
import { DEVICE, engineForFiles, MODEL } from '../engine.ts'
import { givenModelFolder } from '../model-folder.ts'
import { oneLine } from '../one-line.ts'
import { flag, number, text } from '../options.ts'
import { makeOutputFolder } from '../output-folder.ts'
import { givenServer, SERVER_OPTIONS } from '../server.ts'

/** As the node counts `maxMegabytes`. */
const MEBIBYTE = 1024 * 1024

export const detect = defineCommand({
  name: 'detect',
  summary: 'score images and show where they are anomalous',
  usage: ['detect [OPTIONS] IMAGE...'],
  about: `IMAGE is a JPEG, PNG, WebP, TIFF, BMP or GIF file, or a folder, which stands for the images
directly in it, sorted by name. Results come in the order of the images. The score is the
probability of "abnormal", 0 to 1; it is not calibrated: compare it with the scores of your
own good parts, not with 0.5.`,
  options: {
    model: MODEL,
    class: text(
      'NAME',
      'what the images show, for a model that takes class names: one of those\nthat "classes" lists (default: the first that it was built with)',
    ),
    json: flag('one JSON object a line instead of the table'),
    'map-dir': text(
      'DIR',
      "write each image's anomaly map to DIR/NAME.npy, NAME being its file\nname without the ending: float32 [S, S], S the model's image size; of tiles\nfloat32 [height, width], at most a million values",
    ),
    'overlay-dir': text(
      'DIR',
      'write each image with its map laid over it in colours to DIR/NAME.jpg;\nthey begin at half the pixel threshold that the model suggests, else at 0',
    ),
    ...VIEW,
    threads: number('N', 'threads of one inference; 0 is one a core (default: 0)'),
    'max-megabytes': number('N', 'refuse files that are larger (default: 32)', { least: 1, most: 1000 }),
    'max-megapixels': number('N', 'refuse images with more pixels before decoding them (default: 50)', {
      least: 1,
      most: 1000,
    }),
    device: DEVICE,
    ...SERVER_OPTIONS,
  },
  operands: { name: 'an IMAGE', least: 1, most: Number.POSITIVE_INFINITY },
  examples: [
    'anomalyclip detect part.jpg',
    'anomalyclip detect --model anomalyclip-vit-l-14-336-trained-on-visa --overlay-dir seen parts/',
    'anomalyclip detect --tiles 4x3 --region "10%,0,80%,100%" wide.jpg',
    'anomalyclip detect --model my-winclip --class bottle line-3/',
    "anomalyclip detect --json --map-dir maps *.png | jq -r 'select(.score > 0.9) | .file'",
  ],
  exit: {
    0: 'every image was inspected, whatever its score',
    1: 'an image could not be inspected (the others were), or the model could not run',
  },
  run: async (given, operands, surroundings) => {
    const { print, complain, path, signal } = surroundings
    const mapDir = given['map-dir'] === undefined ? undefined : path(given['map-dir'])
    const overlayDir = given['overlay-dir'] === undefined ? undefined : path(given['overlay-dir'])
    const view = await givenView(given, path)
    const inputs = await expandInputs(operands, path)
    const { device = 'cpu', threads = 0 } = given
    const limits = {
      maxBytes: (given['max-megabytes'] ?? 32) * MEBIBYTE,
      maxPixels: (given['max-megapixels'] ?? 50) * 1_000_000,
    }
    const serverOf = await givenServer(given, surroundings)
    const model = await givenModelFolder(given.model, surroundings)
    const manifest = await readManifest(model)
    const pixelThreshold = manifest.suggestedThreshold?.pixel ?? null
    // Before any image: a class that is not there would fail them all.
    const className = given.class === undefined ? undefined : chosenClass(manifest, given.class)
    for (const folder of [mapDir, overlayDir]) if (folder !== undefined) await makeOutputFolder(folder)
    const engine = engineForFiles({
      model,
      device,
      server: serverOf?.(manifest.name) ?? null,
      threads,
      limits,
      bytesInFlight: IMAGES_IN_FLIGHT * (limits.maxBytes + (view?.ignoreMask?.byteLength ?? 0)),
      signal,
    })
    let allWell = true
    try {
      await engine.ready
      if (given.json !== true) await print(TABLE_HEAD)
      for await (const result of detectImages(inputs, engine, {
        className,
        view,
        mapDir,
        overlayDir,
        limits,
        pixelThreshold,
        signal,
      })) {
        signal.throwIfAborted()
        if ('error' in result) {
          allWell = false
          complain(`anomalyclip: ${result.file}: ${oneLine(messageOf(result.error))}`)
        } else await print(given.json === true ? JSON.stringify(result) : tableRow(result))
      }
    } finally {
      await engine.close()
    }
    return allWell ? 0 : 1
  },
})
