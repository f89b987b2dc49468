/** What a part really is; a real line does not know it. The demonstration sends it on a topic of its own, for the page. */
export interface Truth {
  /** Of the picture's bytes, as `anomaly.image.sha256`: says which picture it is about. */
  readonly sha256: string
  readonly sample: string
  readonly good: boolean
  /** PNG in base64, white where the defect is, of the picture's size. */
  readonly mask: string
}
