import type { MethodName } from './method-names.ts'
import type { PrecisionName } from './precision/names.ts'
import type { Differences, Drift } from './precision/tolerance.ts'

export const MANIFEST_FILE = 'model.json'

/** The graph, and its weights where they are too many to be in it. */
export const GRAPH_FILES: readonly string[] = ['model.onnx', 'model.onnx.data']

/** Version of model.json's layout; a reader refuses what it does not know. */
export const MANIFEST_VERSION = 1

/** What a file is to the model that was built from it. */
export const SOURCE_ROLES = ['clip', 'prompts', 'linear'] as const

export type SourceRole = (typeof SOURCE_ROLES)[number]

export interface ManifestFile {
  readonly bytes: number
  readonly sha256: string
}

/** A file that a model was built from. */
export interface ManifestSource {
  readonly role: SourceRole
  readonly file: string
  readonly sha256: string
  readonly licence: string | null
  readonly url: string | null
}

/** The side of the class names, for methods that take them; the graph then has the input `text`. */
export interface ManifestText {
  /** Safetensors: float32 [2, dimension] for each class name, rows normal and abnormal, L2-normalised. */
  readonly file: string
  readonly dimension: number
  readonly defaultClass: string
  /** All of the file, as they stand in the prompts. */
  readonly classNames: readonly string[]
  /** Learnt prompts that further class names are made with; null where the method has none. */
  readonly prompts: string | null
}

/** What a model was compiled for; it runs there alone. */
export interface ManifestEngine {
  /** Version of TensorRT, e.g. `10.9.0`; this and the next two are null where the compiler did not say. */
  readonly tensorrt: string | null
  /** Name of the GPU, for people. */
  readonly gpu: string | null
  /** e.g. `8.7` */
  readonly computeCapability: string | null
  /** More images than these are split. */
  readonly largestBatch: number
  /** The model that it was compiled from. */
  readonly source: { readonly name: string; readonly version: string }
}

/** model.json: everything a host needs to know that is not in the graph. */
export interface ModelManifest {
  readonly manifestVersion: typeof MANIFEST_VERSION
  readonly name: string
  readonly method: MethodName
  /** Of the model: changes when weights or settings change. First 12 hex digits of the sha256 over its files. */
  readonly version: string
  readonly builder: { readonly name: string; readonly version: string }
  readonly imageSize: number
  readonly patchSize: number
  /** Patches a side; the grid is grid × grid. */
  readonly grid: number
  /** Taps, counted from 1; none = the method looks at the last layer alone. */
  readonly features: readonly number[]
  /** Number of last vision layers that run DPAM; the reference's `DPAM_layer` minus 1. */
  readonly dpamLayers: number
  /** Layers behind the output `patches`, counted from 1. */
  readonly memoryLayers: readonly number[]
  /** Of the Gaussian, in pixels of the map; 0 = none. */
  readonly sigma: number
  /** Of the linear layers in the vision tower. */
  readonly precision: PrecisionName
  /** How far the model is from itself in fp32, over the images that were looked at when it was built; absent in fp32. */
  readonly drift?: Drift & {
    /** What it would have been without a balance; null for a precision that has none. */
    readonly unbalanced: Drift | null
  }
  readonly attention: 'fused' | 'plain'
  /** Of both towers. */
  readonly activation: 'gelu' | 'quickgelu'
  /** null = the same for every image, and part of the graph. */
  readonly text: ManifestText | null
  readonly sources: readonly ManifestSource[]
  /** By file name inside the folder. */
  readonly files: Readonly<Record<string, ManifestFile>>
  readonly suggestedThreshold: { readonly score: number; readonly pixel: number } | null
  readonly selfTest: {
    /** PNG of exactly imageSize × imageSize pixels. */
    readonly image: string
    /** float32 [imageSize, imageSize] in NumPy's format. */
    readonly map: string
    readonly score: number
    /** What a load may be off by; absent in fp32, where it is the least that every model is given. */
    readonly tolerance?: Differences
  }
  /** Absent in a model that runs everywhere. */
  readonly engine?: ManifestEngine
}
