import { open } from 'node:fs/promises'

export interface TensorToWrite {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Data starts at a multiple of so many bytes, as the reference writer has it. */
const ALIGNMENT = 8

/** Writes float32 tensors as a safetensors file, in their order. Source: https://huggingface.co/docs/safetensors, "Format". */
export const writeSafetensors = async (
  file: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
): Promise<void> => {
  let offset = 0
  const header = Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => {
      const begin = offset
      offset += data.byteLength
      return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }]
    }),
  )
  const json = JSON.stringify(header)
  const bytes = Buffer.byteLength(json)
  const text = json + ' '.repeat((ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)))
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(length)
    await handle.writeFile(text)
    for (const { data } of tensors.values())
      await handle.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  } finally {
    await handle.close()
  }
}
