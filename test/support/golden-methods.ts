import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MethodName } from '../../models/method-names.ts'
import type { MethodSettings } from '../../models/methods/index.ts'
import { goldenConfig, goldenFolder } from './golden.ts'

/** What the published code of a method gave for small weights. */
export interface GoldenMethod {
  readonly title: string
  readonly method: MethodName
  readonly clip: string
  /** The first of the images of `expected`, as a file. */
  readonly image: string
  readonly extra?: string
  readonly expected: string
  /** In front of the tensors of this method. */
  readonly prefix?: string
  /** Where `input` is, if not among what is expected. */
  readonly input?: string
  readonly settings: Pick<MethodSettings, 'imageSize' | 'features' | 'sigma' | 'activation'>
  readonly classNames: readonly string[]
}

const file = (...path: string[]): string => join(goldenFolder('.'), ...path)

interface Config {
  readonly activation: 'gelu' | 'quickgelu'
  readonly image_size: number
  readonly features?: readonly number[]
  readonly class_names: readonly string[]
  readonly weights: string
  readonly linear_layers?: string
}

const published = (method: 'winclip' | 'april-gan', variant: string): GoldenMethod => {
  const folder = file(method, variant)
  const config: Config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
  return {
    title: `${method} (${variant})`,
    method,
    clip: join(folder, config.weights),
    image: join(folder, 'image.png'),
    ...(config.linear_layers === undefined ? {} : { extra: join(folder, config.linear_layers) }),
    expected: join(folder, 'expected.safetensors'),
    settings: {
      imageSize: config.image_size,
      features: config.features ?? [],
      sigma: 0,
      activation: config.activation,
    },
    classNames: config.class_names,
  }
}

const scoredLikeAnomalyClip = (
  method: 'clip' | 'clip-ac' | 'coop',
  tiny: 'tiny-a' | 'tiny-b',
): GoldenMethod => {
  const { image_size: imageSize, features, sigma } = goldenConfig(tiny)
  const common = {
    title: `${method} (${tiny})`,
    method,
    clip: file(tiny, 'clip.safetensors'),
    image: file(tiny, 'image.png'),
    input: file(tiny, 'expected.safetensors'),
    settings: { imageSize, features, sigma, activation: 'quickgelu' },
    classNames: ['bottle', 'metal nut'],
  } as const
  return method === 'coop'
    ? {
        ...common,
        extra: file('coop', `on-${tiny}`, 'context.pth'),
        expected: file('coop', `on-${tiny}`, 'expected.safetensors'),
      }
    : { ...common, expected: file(tiny, 'methods-expected.safetensors'), prefix: `${method}.` }
}

export const GOLDEN_METHODS: readonly GoldenMethod[] = [
  ...(['clip', 'clip-ac', 'coop'] as const).flatMap((method) => [
    scoredLikeAnomalyClip(method, 'tiny-a'),
    scoredLikeAnomalyClip(method, 'tiny-b'),
  ]),
  published('winclip', 'gelu'),
  published('winclip', 'quickgelu-resized'),
  published('april-gan', 'gelu-resized'),
  published('april-gan', 'quickgelu-native'),
]
