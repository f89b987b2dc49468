import { createHash } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytes, integer } from '../../models/graph/protobuf.ts'
import { readFields } from '../../models/graph/read-protobuf.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { readManifest } from '../../models/open.ts'

/** Copies nano with a graph that takes so many images at a time: any other number is an error of onnxruntime, as one that the memory is too small for. */
export const copyWithFixedBatch = async (images: number, folder: string): Promise<void> => {
  await cp(nanoModelDir(), folder, { recursive: true })
  // model.graph.input.type.tensor_type.shape.dim: of the first input the first, whose name becomes dim_value.
  const path = [7, 11, 2, 1, 2, 1]
  const rewrite = (message: Uint8Array, [number, ...below]: readonly number[]): Uint8Array => {
    if (number === undefined) return Buffer.concat(integer(1, images))
    let isFirst = true
    return Buffer.concat(
      [...readFields(message)].flatMap((field) => {
        if (field.number !== number || !isFirst) return [field.whole]
        isFirst = false
        return bytes(number, rewrite(field.bytes!, below))
      }),
    )
  }
  const graph = rewrite(await readFile(join(folder, 'model.onnx')), path)
  await writeFile(join(folder, 'model.onnx'), graph)
  const manifest = await readManifest(folder)
  const facts = { bytes: graph.length, sha256: createHash('sha256').update(graph).digest('hex') }
  const files = { ...manifest.files, 'model.onnx': facts }
  await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, files }))
}
