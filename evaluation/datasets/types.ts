import type { ErrorCode } from '../../errors/index.ts'

/** Where the truth about a bad image stands. */
export type MaskSource =
  | { readonly kind: 'file'; readonly path: string }
  /** Outlines and run lengths as COCO has them, over the whole image. */
  | {
      readonly kind: 'shapes'
      readonly width: number
      readonly height: number
      readonly shapes: readonly Shape[]
    }

export type Shape =
  /** x, y, x, y …, in pixels; the corner of the top left pixel is 0, 0. */
  | { readonly kind: 'polygon'; readonly points: readonly number[] }
  /** Run lengths by columns, background first; as numbers or compressed. */
  | { readonly kind: 'rle'; readonly counts: string | readonly number[] }

/** One of `of` equal bands of an image, from the top. */
export interface Band {
  readonly index: number
  readonly of: number
}

/** One image to inspect, with what is known about it. */
export interface Sample {
  /** Absolute path. */
  readonly image: string
  readonly crop?: Band
  /** 1 = anomalous. */
  readonly label: 0 | 1
  /** Absent of a good image (all good) and of a bad one whose defect nobody has drawn (pixel metrics leave it out). */
  readonly mask?: MaskSource
  /** `good`, or the kind of defect where the data set tells kinds apart. */
  readonly type: string
}

export interface Category {
  readonly name: string
  /** As prompts name it; underscores are left to the method. null of one's own images: whatever the model names by default. */
  readonly className: string | null
  readonly samples: readonly Sample[]
}

/** Something that is wrong with the data, by the code and words of an error. */
export interface Problem {
  readonly code: ErrorCode
  readonly file: string
  readonly message: string
  /** That it belongs to; absent of what concerns them all. */
  readonly category?: string
}

export interface Dataset {
  readonly categories: readonly Category[]
  readonly problems: readonly Problem[]
  /** Names of categories that the data set has and this copy of it not: many unpack a part of it, which is no problem. */
  readonly absent: readonly string[]
}

export interface DatasetOptions {
  readonly root: string
  /** In prompts, instead of the names of the paper. */
  readonly className?: string
  /** Only these. */
  readonly categories?: readonly string[]
  /** Read the reference's `meta.json` in the root instead of the owners' layout. */
  readonly meta?: boolean
  /** SDD alone: each image cut into three, as the paper did. */
  readonly thirds?: boolean
}

/** What a reader gives: each category once, and problems left with `found`. */
export type Reader = (root: string, found: Findings, options: DatasetOptions) => Promise<readonly Listed[]>

/** Without a class name it is the category's. */
export type Listed = Omit<Category, 'className'> & { readonly className?: string | null }

/** Where readers leave what is wrong. */
export interface Findings {
  readonly problems: readonly Problem[]
  readonly absent: readonly string[]
  /** Leaves them at the same place, as one category's. */
  of(category: string): Findings
  missing(file: string, what: string): void
  /** A category of the data set of which there is nothing. */
  lacks(category: string): void
  /** Of two files with one base name. @param what says which one counts */
  ambiguous(file: string, what: string): void
  /** @param names of what lies in the folder and was not read */
  skipped(folder: string, names: string): void
  unknownClass(file: string, name: string, known: readonly string[]): void
  damagedList(file: string, what: string): void
  thrown(file: string, error: unknown): void
}
