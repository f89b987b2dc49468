import type { BuildImage } from './precision/index.ts'

interface Surface {
  readonly name: string
  /** Of the ground, 0..255. */
  readonly level: number
  /** Waves of the weave along either side, and how far it leaves the ground. */
  readonly weave: readonly [across: number, down: number, depth: number]
  /** Red, green and blue for one of grey. */
  readonly tint: readonly [number, number, number]
  /** Where the scratch begins on the left, and its slope. */
  readonly scratch: readonly [start: number, slope: number]
}

/** What every model's self-test looks at. */
const WOVEN: Surface = {
  name: 'woven surface',
  level: 128,
  weave: [90, 70, 24],
  tint: [1, 0.92, 0.8],
  scratch: [0.25, 0.4],
}

/** A ground with a weave, a scratch and a stain, interleaved RGB: enough structure that a wrong layout, precision or operator shows in the map. */
const draw = ({ level: ground, weave, tint, scratch }: Surface, size: number): Uint8Array => {
  const rgb = new Uint8Array(size * size * 3)
  const [across, down, depth] = weave
  const [start, slope] = scratch
  // Tinted grey is lifted a little, so that all three channels differ at every level.
  const lift = tint.map((share) => Math.round((1 - share) * 70))
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const [u, v] = [x / size, y / size]
      const woven = depth * Math.sin(across * u) * Math.sin(down * v) + (depth / 2) * Math.sin(9 * u + 5 * v)
      const scratched = Math.abs(v - start - slope * u) < 0.008 && u > 0.2 && u < 0.7 ? 90 : 0
      const stain = -70 * Math.exp(-((u - 0.72) ** 2 + (v - 0.7) ** 2) / 0.004)
      const level = ground + woven + scratched + stain
      rgb.set(
        tint.map((share, channel) => Math.round(Math.min(Math.max(share * level + lift[channel]!, 0), 255))),
        (y * size + x) * 3,
      )
    }
  return rgb
}

const imageOf = (surface: Surface): BuildImage => ({
  name: surface.name,
  pixels: async (side) => draw(surface, side),
})

/** Of every model's self-test. */
export const TEST_IMAGE: BuildImage = imageOf(WOVEN)

const OTHERS: readonly Surface[] = [
  {
    name: 'dark cloth',
    level: 45,
    weave: [260, 240, 30],
    tint: [0.8, 0.9, 1],
    scratch: [0.6, -0.3],
  },
  { name: 'bright plate', level: 215, weave: [8, 13, 12], tint: [1, 1, 0.96], scratch: [0.4, 0.1] },
  { name: 'red mesh', level: 110, weave: [45, 160, 70], tint: [1, 0.45, 0.4], scratch: [0.3, 0.5] },
]

/**
 * What a build looks at where no images are given. The channels of a ViT that stand out do so on any image, as its weights make them; the
 * ranges of the others come nearer with images of what is to be inspected.
 */
export const DRAWN_IMAGES: readonly BuildImage[] = [TEST_IMAGE, ...OTHERS.map(imageOf)]
