import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { codedError } from '../../errors/index.ts'
import { endOf } from '../process-end.ts'

/** What trtexec says of itself and the GPU that it compiled for; null where it does not. */
export interface CompilerFacts {
  /** e.g. `10.9.0` */
  readonly tensorrt: string | null
  readonly gpu: string | null
  /** e.g. `8.7` */
  readonly computeCapability: string | null
}

export interface TrtexecOptions {
  /** Path of the program. */
  readonly trtexec: string
  readonly onnx: string
  readonly engine: string
  /** The images of a batch are [N, side, side, 3]. */
  readonly side: number
  readonly largestBatch: number
  /** Types of the file are kept, half ones among them; without it all is computed in fp32. */
  readonly stronglyTyped: boolean
  readonly signal: AbortSignal
}

/** Enough to see what was wrong; the rest follows from it. */
const MAX_ERROR_LINES = 3

/** Reasons stand behind `[E]`; a loader that fails writes none of its own. */
const isError = (line: string): boolean => /\[E\]|error while loading/i.test(line)

/**
 * Compiles an ONNX file into a TensorRT engine for this machine's GPU with NVIDIA's own tool. It is tuned for full batches: they are what a busy
 * line sends, and an idle one has time. Source: trtexec --help, TensorRT 10.
 * @throws MODEL_COMPILE where it cannot be started, or fails
 */
export const runTrtexec = async (options: TrtexecOptions): Promise<CompilerFacts> => {
  const { trtexec, signal } = options
  const child = spawn(trtexec, argumentsOf(options), {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    // It may hold the GPU for minutes without listening.
    killSignal: 'SIGKILL',
  })
  const facts: Record<keyof CompilerFacts, string | null> = {
    tensorrt: null,
    gpu: null,
    computeCapability: null,
  }
  const errors: string[] = []
  const read = (line: string): void => {
    for (const [fact, pattern] of Object.entries(FACTS)) {
      const found = pattern.exec(line)?.[1]
      if (found !== undefined) facts[fact as keyof CompilerFacts] = found.trim()
    }
    if (isError(line)) errors.push(line.trim())
  }
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', read)
  const { status, endedBy } = await endOf(child).catch((cause: unknown) => {
    throw codedError('MODEL_COMPILE', `${trtexec} cannot be started: ${String(cause)}`, { cause })
  })
  signal.throwIfAborted()
  if (status !== 0)
    throw codedError(
      'MODEL_COMPILE',
      `trtexec ended with ${endedBy ?? `status ${status}`}: ${errors.slice(0, MAX_ERROR_LINES).join(' ') || 'it gave no reason'}. ` +
        'Out of memory, try a smaller --batch; else run it by hand to see all it says.',
    )
  return facts
}

const FACTS = {
  tensorrt: /TensorRT version: (\d+(?:\.\d+)+)/,
  gpu: /Selected Device: (.+)/,
  computeCapability: /Compute Capability: (\d+\.\d+)/,
} satisfies Record<keyof CompilerFacts, RegExp>

const argumentsOf = ({
  onnx,
  engine,
  side,
  largestBatch,
  stronglyTyped,
}: TrtexecOptions): readonly string[] => {
  const shape = (batch: number) => `image:${batch}x${side}x${side}x3`
  return [
    `--onnx=${onnx}`,
    `--saveEngine=${engine}`,
    `--minShapes=${shape(1)}`,
    `--optShapes=${shape(largestBatch)}`,
    `--maxShapes=${shape(largestBatch)}`,
    '--skipInference',
    // TensorRT would round the factors of fp32 products to TF32, 10 bits of mantissa, where nobody forbids it.
    stronglyTyped ? '--stronglyTyped' : '--noTF32',
  ]
}
