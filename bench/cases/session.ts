/** Bare `session.run` of a model folder: `session.ts FOLDER RUNS BATCH`. */
import { join } from 'node:path'
import { InferenceSession, Tensor } from '../../models/onnxruntime.ts'
import { readManifest } from '../../models/open.ts'
import { median, peakMegabytes, seconds, testPixels } from '../measure.ts'

const [folder, runs, batch] = process.argv.slice(2)
const { imageSize } = await readManifest(folder!)
let session: InferenceSession | undefined
const load = await seconds(async () => {
  session = await InferenceSession.create(join(folder!, 'model.onnx'))
})
const count = Number(batch)
const one = testPixels(imageSize)
const pixels = new Uint8Array(one.length * count)
for (let i = 0; i < count; i++) pixels.set(one, i * one.length)
const feeds = { image: new Tensor('uint8', pixels, [count, imageSize, imageSize, 3]) }
const run = () => seconds(() => session!.run(feeds, ['score', 'map']))
await run()
const times: number[] = []
for (let i = 0; i < Number(runs); i++) times.push(await run())
console.log(
  JSON.stringify({ loadSeconds: load, secondsPerImage: median(times) / count, peakMB: peakMegabytes() }),
)
