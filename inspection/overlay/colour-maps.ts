export type ColourMap = 'inferno' | 'viridis'

/**
 * Every fifth of the 256 colours of each map, sRGB in hexadecimal; the colours between are interpolated, at most one
 * level off. Both rise evenly in lightness, so they read right in print, in grey and with colour blindness.
 * Source: Nathaniel J. Smith & Stéfan van der Walt 2015, matplotlib's `_cm_listed.py`, released under CC0.
 */
const STOPS: Readonly<Record<ColourMap, string>> = {
  inferno:
    '000004 02020c 050417 0a0722 10092d 160b39 1e0c45 260c51 2f0a5b 380962 400a67 490b6a 510e6c ' +
    '59106e 61136e 69166e 71196e 781c6d 801f6c 88226a 902568 982766 a02a63 a82e5f b0315b b73557 ' +
    'bf3952 c63d4d cc4248 d34743 d94d3d df5337 e45a31 e9612b ed6925 f1711f f47918 f78212 f98b0b ' +
    'fa9407 fb9d07 fca60c fcb014 fbba1f fac42a f8cd37 f6d746 f4e156 f2ea69 f2f27d f5f992 fcffa4',
  viridis:
    '440154 46085c 471063 481769 481d6f 482475 472a7a 46307e 453781 433d84 414287 3f4889 3d4e8a ' +
    '3a538b 38598c 355e8d 33638d 31688e 2e6d8e 2c718e 2a768e 297b8e 27808e 25848e 23898e 218e8d ' +
    '20928c 1f978b 1e9c89 1fa188 21a585 24aa83 28ae80 2eb37c 35b779 3dbc74 46c06f 50c46a 5ac864 ' +
    '65cb5e 70cf57 7cd250 89d548 95d840 a2da37 b0dd2f bddf26 cae11f d8e219 e5e419 f1e51d fde725',
}

export const COLOUR_MAPS = Object.keys(STOPS) as readonly ColourMap[]

/** 256 colours, each red, green, blue: a probability p has the colour at 3 · round(255 · p). */
export const coloursOf = (map: ColourMap): Uint8Array => {
  const stops = STOPS[map].split(' ').map((colour) => Buffer.from(colour, 'hex'))
  const table = new Uint8Array(256 * 3)
  for (let place = 0; place < table.length; place++) {
    const level = Math.floor(place / 3)
    const [below, above] = [stops[Math.floor(level / 5)]!, stops[Math.ceil(level / 5)]!]
    const [from, to] = [below[place % 3]!, above[place % 3]!]
    table[place] = Math.round(from + ((to - from) * (level % 5)) / 5)
  }
  return table
}
