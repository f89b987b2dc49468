/** One image of a data set and what is known of it. */
export interface Sample {
  /** Below the root, with `/`: unique in its data set, and how reports name it. */
  readonly name: string
  readonly image: string
  /** 1 = anomalous. */
  readonly label: 0 | 1
  /** File of the ground truth; null = good, or the data set has none for it. */
  readonly mask: string | null
}

/** What is evaluated by itself: a product. */
export interface Category {
  readonly name: string
  readonly samples: readonly Sample[]
}

/** Something that is not as it should be; named, never silently skipped. */
export interface Problem {
  /** Below the root, with `/`. */
  readonly file: string
  readonly found: string
}

export interface DataSet {
  readonly categories: readonly Category[]
  /** Whether anomalous images are to have masks: where they have none, pixel metrics cannot be computed. */
  readonly hasMasks: boolean
  readonly problems: readonly Problem[]
}
