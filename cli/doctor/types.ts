import type { Device, SelfTest } from '../../engine/index.ts'
import type { Machine } from '../../engine/machine/index.ts'

/** `missing`: without it the device that was asked for cannot be used. */
export type Verdict = 'ok' | 'warning' | 'missing'

/** One thing that was looked at. */
export interface Check {
  /** Stable, for programs. */
  readonly id: string
  readonly title: string
  readonly verdict: Verdict
  /** A plain sentence on what is there. */
  readonly found: string
  /** What to do about it, a command where there is one; null where there is nothing to do. */
  readonly fix: string | null
}

/** The onnxruntime-node that this package uses. */
export interface OnnxruntimePackage {
  readonly folder: string
  readonly version: string
}

/** What a build of onnxruntime was made for. */
export interface Offered {
  /** null where it does not load. */
  readonly devices: readonly string[] | null
  /** Why it does not load. */
  readonly why: string
}

/** What a model gave on a device, in a process of its own. */
export type Trial =
  | { readonly works: true; readonly selfTest: SelfTest }
  | { readonly works: false; readonly reason: string }

/** What the checks are about, and how they ask. */
export interface Patient {
  readonly machine: Machine
  /** That is to be used. */
  readonly device: Device
  readonly userDir: string
  /** Model folder to try. */
  readonly model: string
  /** null where it is not installed. */
  readonly onnxruntime: (OnnxruntimePackage & { readonly offered: Offered }) | null
  readonly tryOut: (model: string, device: Device) => Promise<Trial>
}

/** Looks at one thing; gives none where the machine has no such thing. */
export type Examination = (patient: Patient) => Promise<readonly Check[]>
