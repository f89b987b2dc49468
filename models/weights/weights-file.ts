import { codedError } from '../../errors/index.ts'
import { nearNames } from './near-names.ts'
import { readTensor } from './read-tensor.ts'
import type { TensorLayout, WeightsFile } from './types.ts'

export interface WeightsFileParts {
  readonly file: string
  readonly format: WeightsFile['format']
  readonly layouts: ReadonlyMap<string, TensorLayout>
  readonly close: () => Promise<void>
}

/** The face that every format shows, once it is known where each tensor lies. */
export const weightsFile = ({ file, format, layouts, close }: WeightsFileParts): WeightsFile => {
  const names = [...layouts.keys()]
  const layoutOf = (name: string): TensorLayout => {
    const layout = layouts.get(name)
    if (layout !== undefined) return layout
    const near = nearNames(name, names)
    throw codedError(
      'WEIGHTS_TENSOR_MISSING',
      `${file} has no tensor ${name} among its ${names.length}` +
        (near.length === 0 ? '.' : `; the nearest names are ${near.join(', ')}.`),
    )
  }
  return {
    file,
    format,
    names: () => names,
    has: (name) => layouts.has(name),
    info: (name) => {
      const { type, shape } = layoutOf(name)
      return { type, shape }
    },
    read: async (name) => readTensor(file, name, layoutOf(name)),
    close,
  }
}
