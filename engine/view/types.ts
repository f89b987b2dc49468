/** Pixels, or as text with a percent sign a share of the image: of its width along x, of its height along y. */
export type Length = number | `${number}%`

/**
 * `[x, y, width, height]` is a rectangle, as `bbox` has it; six lengths and more are a polygon `[x1, y1, x2, y2, …]`, as a ring of
 * `msg.mask.polygons`. A pixel is in a shape when its centre is.
 */
export type Shape = readonly Length[]

/** Degrees clockwise. */
export type Rotation = 0 | 90 | 180 | 270

/**
 * Equal tiles over the image, or over the rectangle around its region. Neighbours overlap by at least `overlap`: pixels, or a share of a
 * tile's side; the first tile begins and the last one ends at the border.
 */
export type Tiles =
  | { readonly columns: number; readonly rows: number; readonly overlap: Length }
  /** Side in pixels; a side of the image that is shorter is one tile. */
  | { readonly size: number; readonly overlap: Length }

/** How the score of an image is made of those of its tiles: the highest, their mean, or the mean of the k highest. */
export type ScoreRule = 'max' | 'mean' | `top-${number}`

/**
 * What of an image is inspected, and how. All lengths are of the image as it is seen, after EXIF rotation, whatever `rotation` says;
 * so are the map and the regions found in it.
 */
export interface View {
  /** By how much the model gets it turned. */
  readonly rotation?: Rotation
  /** Only what is in one of these is inspected; without any, the whole image. */
  readonly region?: readonly Shape[]
  /** What is in one of these is not. */
  readonly ignore?: readonly Shape[]
  /** A PNG file of the image's proportions; what is not black is not inspected. */
  readonly ignoreMask?: Uint8Array
  /** Without, the image or the rectangle around its region is one tile. */
  readonly tiles?: Tiles
  /** `max` without. */
  readonly score?: ScoreRule
}
