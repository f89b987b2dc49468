import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openSession } from '../engine/backends/index.ts'
import { createGraph, type Graph, MODEL_FILE, writeGraph } from '../models/graph/index.ts'
import type { Tensor } from '../models/onnxruntime.ts'
import { thisPackage } from '../models/package.ts'
import type { TrainingDevice } from './settings.ts'

/** A graph that is run again and again. */
export interface GraphSession {
  readonly run: (feeds: Readonly<Record<string, Tensor>>) => Promise<Readonly<Record<string, Tensor>>>
  readonly close: () => Promise<void>
}

export interface SessionOptions {
  /** For temporary files: as many bytes as the graph has weights, until the session is closed. */
  readonly folder: string
  readonly device: TrainingDevice
  readonly signal: AbortSignal
}

const FOLDER = /^\.graph-.{6}$/

/**
 * Loads what the graph's outputs need into onnxruntime, by way of a folder, as weights beyond 2 GB fit no protobuf.
 * @throws ENGINE_DEVICE, ENGINE_LOAD; the error of the system: ENOSPC, …
 */
export const openGraph = async (
  graph: Graph,
  { folder, device, signal }: SessionOptions,
): Promise<GraphSession> => {
  const place = await mkdtemp(join(folder, '.graph-'))
  const tidyUp = () => rm(place, { recursive: true, force: true })
  try {
    await writeGraph(graph, { folder: place, name: 'training', producer: thisPackage.name, signal })
    const session = await openSession(join(place, MODEL_FILE), device, { logSeverityLevel: 3 })
    let last: Promise<unknown> = Promise.resolve()
    const run = async (
      feeds: Readonly<Record<string, Tensor>>,
    ): Promise<Readonly<Record<string, Tensor>>> => {
      signal.throwIfAborted()
      return (await session.run(feeds)) as Readonly<Record<string, Tensor>>
    }
    return {
      // onnxruntime works on this very thread: one run after the other, so that a signal is heard in between.
      run: (feeds) => {
        const found = last.then(() => run(feeds))
        last = found.catch(() => {})
        return found
      },
      close: async () => {
        await session.release()
        await tidyUp()
      },
    }
  } catch (error) {
    await tidyUp()
    throw error
  }
}

/** Whether the device can be used, which is better known before hours of other work. @throws ENGINE_DEVICE */
export const checkDevice = async (options: SessionOptions): Promise<void> => {
  const graph = createGraph()
  graph.output('y', graph.input('x', 'float32', [1]))
  await (await openGraph(graph, options)).close()
}

/** Removes what sessions of a process that was killed have left. */
export const removeLeftGraphs = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder))
    if (FOLDER.test(name)) await rm(join(folder, name), { recursive: true, force: true })
}
