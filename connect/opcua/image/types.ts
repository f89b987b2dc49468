/** What a trigger variable has to do for an image to be read. */
export const TRIGGER_RULES = ['change', 'rising', 'increase'] as const
export type TriggerRule = (typeof TRIGGER_RULES)[number]

/** Where images come from, and when. */
export interface ImageSettings {
  /** A variable (ByteString or one of its subtypes, or a one-dimensional array of Byte), or an instance of FileType (Part 20 §4.2). */
  readonly source: 'variable' | 'file'
  /** Of the variable or file, as text: `ns=2;s=Camera.Image`. */
  readonly nodeId: string
  /**
   * `subscribed`: every change of the image itself. `triggered`: a trigger variable, and one read when it fires.
   * `asked`: only `readNow`.
   */
  readonly mode: 'subscribed' | 'triggered' | 'asked'
  /** Read when `mode` is `triggered`. */
  readonly trigger?: { readonly nodeId: string; readonly rule: TriggerRule }
  readonly samplingMs: number
  readonly publishingMs: number
  /** Limit of what is read from a variable. */
  readonly maxBytes: number
  /** Limit of what is read from a file. */
  readonly maxFileBytes: number
  /** Whether the image that is there at the first connection is read, too. After a reconnect only an unseen one is. */
  readonly atStart: boolean
}

/** Value of a trigger variable; whole numbers that JavaScript cannot hold exactly are text, a DateTime is ISO 8601. */
export type Sequence = number | string | boolean | null

/** An image as it was on the server. */
export interface OpcUaImage {
  readonly bytes: Buffer
  readonly nodeId: string
  /** Value of the trigger variable that goes with the image; null without one. */
  readonly sequence: Sequence
  /** Source timestamp of the image, else the server's, else when it came in. Of a file: LastModifiedTime. */
  readonly capturedAt: Date
  /** Name of the status code: `Good`, or one of the uncertain ones. */
  readonly statusCode: string
  readonly isUncertain: boolean
  /** `ByteString`, `ImageJPG`, …, `Byte[]`; `FileType` for a file. */
  readonly dataType: string
}

/** Since the source was opened. */
export interface ImageCounts {
  readonly images: number
  readonly errors: number
  /** Announced, but a newer one came before there was time to read it. */
  readonly skipped: number
  /** Numbers left out by the sequence variable: never announced to us. */
  readonly missed: number
}

export interface ImageHandlers {
  /** An announced image; those of `readNow` are its answer. */
  readonly onImage: (image: OpcUaImage) => void
  /** An announced image could not be read, or the server refuses to announce. */
  readonly onError: (error: Error, sequence: Sequence) => void
  /** Something was counted. */
  readonly onCounts?: (counts: ImageCounts) => void
}

export interface ImageSource {
  /** Reads the present image, whatever the mode; askers that wait for their turn share one read. */
  readNow(): Promise<OpcUaImage>
  counts(): ImageCounts
  /** Ends the watching; a read that is under way ends at its next step, and its result is dropped. */
  close(): Promise<void>
}

export const MEBIBYTE = 1024 * 1024
