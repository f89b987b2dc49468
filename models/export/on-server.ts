import type { ModelManifest } from '../manifest.ts'

/** Why a model must not run on a server; null where it may. A server puts requests together as it likes, whoever they are from. */
export const unfitForServer = ({ precision }: Pick<ModelManifest, 'precision'>): string | null =>
  precision === 'int8'
    ? "an int8 model's activations have one scale for a whole batch: a server that puts requests together would let a part's score depend on its neighbours'. Take an fp32 or fp16 build of it"
    : null
