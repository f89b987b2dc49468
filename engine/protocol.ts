import type { InspectedImage, InspectedView } from '../inspection/types.ts'
import type { ServerSettings } from './server-options.ts'
import type { Device, ImageInput, ImageLimits, LoadReport, LoadStep, ModelFacts, View } from './types.ts'

/** Written to the standard input of the inference process: any user of the machine could read its arguments, and a server's token is no one else's. */
export interface ProcessSettings {
  readonly model: string
  readonly device: Device
  readonly server: RemoteSettings | null
  /** Tried in turn after `device`. */
  readonly fallback: readonly Device[]
  readonly threads: number
  readonly limits: Partial<ImageLimits>
  /** No image has more bytes, with its view's mask: larger ones never pass the queue. */
  readonly maxImageBytes: number
  /** Tiles of one inference at most. */
  readonly maxBatch: number
}

export interface RemoteSettings extends ServerSettings {
  /** Batches that may be under way at a time. */
  readonly parallel: number
  /** All that is done for one batch has to end before the process counts as hung. */
  readonly batchTimeoutMs: number
}

/** An image without its bytes, which are the frame's payload. */
export type ImageHeader =
  | { readonly kind: 'encoded' }
  | {
      readonly kind: 'raw'
      readonly samples: 'uint8' | 'uint16'
      readonly width: number
      readonly height: number
      readonly channels: 1 | 2 | 3 | 4
    }

/** A view without the bytes of its mask image, which are the end of the frame's payload. */
export type ViewHeader = Omit<View, 'ignoreMask'> & { readonly maskBytes: number }

export type ToProcess =
  /** Payload: the image, and behind it the view's mask image. `more`: the next frame belongs to the same batch. */
  | {
      readonly type: 'infer'
      readonly id: number
      readonly image: ImageHeader
      readonly source: string
      readonly className: string | null
      readonly view: ViewHeader | null
      readonly more: boolean
    }
  | { readonly type: 'close' }

export type FromProcess =
  /** `device`: that the step is about; null where it is about none. */
  | { readonly type: 'step'; readonly step: LoadStep; readonly device: Device | null }
  | {
      readonly type: 'ready'
      readonly model: ModelFacts
      readonly device: string
      readonly loaded: LoadReport
    }
  | { readonly type: 'unloadable'; readonly error: WireError }
  /** Of a server; `ready` follows when it can be used. Until then images are answered with this error. */
  | { readonly type: 'away'; readonly error: WireError }
  /** Payload: the map, float32 in this machine's byte order. */
  | {
      readonly type: 'result'
      readonly id: number
      /** null where JSON has no such number: not finite. */
      readonly score: number | null
      readonly map: { readonly width: number; readonly height: number }
      readonly image: InspectedImage
      readonly className: string | null
      readonly view?: InspectedView
      readonly decodeMs: number
      /** Of the `images` that the model ran together; of an image with a view, of all its tiles. */
      readonly inferMs: number
      readonly images: number
    }
  /** No more images than these are run together from now on, as more have been too many. */
  | { readonly type: 'smaller'; readonly images: number; readonly error: WireError }
  /** An image of many tiles takes its time; one inference more of them is done. */
  | { readonly type: 'progress'; readonly id: number }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }

export interface WireError {
  readonly code: string
  readonly message: string
}

/** Bytes of an image as they go over the pipe; a view, not a copy. */
const bytesOf = ({ data }: ImageInput): Uint8Array =>
  data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

export const headerOf = (image: ImageInput): ImageHeader =>
  image.kind === 'encoded'
    ? { kind: 'encoded' }
    : {
        kind: 'raw',
        samples: image.data instanceof Uint16Array ? 'uint16' : 'uint8',
        width: image.width,
        height: image.height,
        channels: image.channels,
      }

/** Header and bytes put together again; the payload must start at an even offset of its buffer. */
const imageOf = (header: ImageHeader, payload: Uint8Array): ImageInput => {
  if (header.kind === 'encoded') return { kind: 'encoded', data: payload }
  const { width, height, channels, samples } = header
  const data =
    samples === 'uint8'
      ? payload
      : new Uint16Array(payload.buffer, payload.byteOffset, payload.byteLength >> 1)
  return { kind: 'raw', data, width, height, channels }
}

export const viewHeaderOf = ({ ignoreMask, ...view }: View): ViewHeader => ({
  ...view,
  maskBytes: ignoreMask?.byteLength ?? 0,
})

/** What a frame carries as its payload, part by part: nothing is copied. */
export const payloadOf = (image: ImageInput, view: View | null): Uint8Array[] =>
  view?.ignoreMask === undefined ? [bytesOf(image)] : [bytesOf(image), view.ignoreMask]

/** A payload's parts put together again with their headers. */
export const imageAndView = (
  image: ImageHeader,
  view: ViewHeader | null,
  payload: Uint8Array,
): { readonly image: ImageInput; readonly view: View | null } => {
  if (view === null) return { image: imageOf(image, payload), view }
  const { maskBytes, ...shown } = view
  const end = payload.byteLength - maskBytes
  const mask = maskBytes === 0 ? {} : { ignoreMask: payload.subarray(end) }
  return { image: imageOf(image, payload.subarray(0, end)), view: { ...shown, ...mask } }
}
