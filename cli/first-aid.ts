import { doctor } from './commands/doctor.ts'
import { installGpu } from './commands/install-gpu.ts'
import type { Command } from './types.ts'

/**
 * What is called where nothing else works. Nothing that these import loads onnxruntime: on a machine that it does not load on, the other commands end
 * before they have begun.
 */
export const FIRST_AID: readonly Command[] = [doctor, installGpu]
