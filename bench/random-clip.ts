import { open } from 'node:fs/promises'

/** Dimensions of a CLIP to be drawn at random. */
export interface ClipShape {
  readonly vision: {
    readonly width: number
    readonly layers: number
    readonly patch: number
    readonly grid: number
  }
  readonly text: { readonly width: number; readonly layers: number }
  readonly embed: number
}

/** ViT-L/14@336px, as OpenAI published it. */
export const VIT_L: ClipShape = {
  vision: { width: 1024, layers: 24, patch: 14, grid: 24 },
  text: { width: 768, layers: 12 },
  embed: 768,
}

/** What a tensor is drawn as: layer-norm gains are one, the rest small numbers of either sign. */
type Kind = 'ones' | 'zeros' | 'matrix' | 'vector'
type Tensor = readonly [name: string, shape: readonly number[], kind: Kind]

const norm = (name: string, width: number): Tensor[] => [
  [`${name}.weight`, [width], 'ones'],
  [`${name}.bias`, [width], 'zeros'],
]

const transformer = (prefix: string, width: number, layers: number): Tensor[] =>
  Array.from({ length: layers }, (_, layer): Tensor[] => {
    const block = `${prefix}.resblocks.${layer}`
    return [
      ...norm(`${block}.ln_1`, width),
      [`${block}.attn.in_proj_weight`, [3 * width, width], 'matrix'],
      [`${block}.attn.in_proj_bias`, [3 * width], 'vector'],
      [`${block}.attn.out_proj.weight`, [width, width], 'matrix'],
      [`${block}.attn.out_proj.bias`, [width], 'vector'],
      ...norm(`${block}.ln_2`, width),
      [`${block}.mlp.c_fc.weight`, [4 * width, width], 'matrix'],
      [`${block}.mlp.c_fc.bias`, [4 * width], 'vector'],
      [`${block}.mlp.c_proj.weight`, [width, 4 * width], 'matrix'],
      [`${block}.mlp.c_proj.bias`, [width], 'vector'],
    ]
  }).flat()

export const clipTensors = ({ vision, text, embed }: ClipShape): Tensor[] => [
  ['visual.class_embedding', [vision.width], 'vector'],
  ['visual.positional_embedding', [1 + vision.grid ** 2, vision.width], 'vector'],
  ['visual.conv1.weight', [vision.width, 3, vision.patch, vision.patch], 'matrix'],
  ...norm('visual.ln_pre', vision.width),
  ...transformer('visual.transformer', vision.width, vision.layers),
  ...norm('visual.ln_post', vision.width),
  ['visual.proj', [vision.width, embed], 'matrix'],
  ['token_embedding.weight', [49408, text.width], 'vector'],
  ['positional_embedding', [77, text.width], 'vector'],
  ...transformer('transformer', text.width, text.layers),
  ...norm('ln_final', text.width),
  ['text_projection', [text.width, embed], 'matrix'],
]

const promptTensors = ({ text }: ClipShape): Tensor[] => [
  ['prompt_learner.ctx_pos', [1, 1, 12, text.width], 'vector'],
  ['prompt_learner.ctx_neg', [1, 1, 12, text.width], 'vector'],
  ...Array.from(
    { length: Math.min(8, text.layers - 1) },
    (_, i): Tensor => [`prompt_learner.compound_prompts_text.${i}`, [4, text.width], 'vector'],
  ),
]

/** fp16 bit patterns of random sign and mantissa at one exponent. */
const fillHalf = (target: Uint16Array, exponent: number, seed: number): number => {
  let state = seed
  for (let i = 0; i < target.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    target[i] = (state & 0x83ff) | (exponent << 10)
  }
  return state
}

const writeTensors = async (file: string, tensors: readonly Tensor[], seed: number): Promise<void> => {
  const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
  let offset = 0
  const header: Record<string, unknown> = {}
  for (const [name, shape] of tensors) {
    const bytes = 2 * count(shape)
    header[name] = { dtype: 'F16', shape, data_offsets: [offset, offset + bytes] }
    offset += bytes
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(Buffer.concat([length, text]))
    let state = seed
    for (const [, shape, kind] of tensors) {
      const numbers = new Uint16Array(count(shape))
      if (kind === 'ones') numbers.fill(0x3c00)
      else if (kind !== 'zeros') {
        // Matrices keep the size of what they multiply: numbers near 1/√inputs, as an exponent of two.
        const inputs = shape.length === 2 ? shape.at(-1)! : count(shape.slice(1))
        const size = kind === 'matrix' ? -Math.ceil(Math.log2(inputs) / 2) : -6
        state = fillHalf(numbers, 15 + size - 1, state)
      }
      await handle.writeFile(new Uint8Array(numbers.buffer))
    }
  } finally {
    await handle.close()
  }
}

/** Writes random CLIP weights and prompts of a shape as safetensors in fp16: right in size and speed, not in what they see. */
export const writeRandomClip = async (
  files: { clip: string; prompts: string },
  shape: ClipShape,
): Promise<void> => {
  await writeTensors(files.clip, clipTensors(shape), 0x2545f491)
  await writeTensors(files.prompts, promptTensors(shape), 0x1234567)
}
