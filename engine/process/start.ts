import { Socket } from 'node:net'
import { constants, getPriority, setPriority } from 'node:os'
import { json } from 'node:stream/consumers'
import type { ProcessSettings } from '../protocol.ts'
import { endWithParent } from './lifeline.ts'
import type { LoadModel } from './load.ts'
import { serve } from './serve.ts'

/** The pipe on which flow and process talk. */
const FRAMES_FD = 3

/**
 * What goes to a whole process group or service (Ctrl-C, `systemctl stop`) is for the parent to act on: it closes its
 * engines in order. Otherwise each would look like a crash and be started again. The lifeline sees to the rest.
 */
const LEFT_TO_THE_PARENT = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Turns this process into an inference process, for as long as it lives. */
export const startProcess = async (load: LoadModel): Promise<void> => {
  // Inference takes every core. The flow's process needs little, but needs it now: without this its timers lagged two to
  // three times as much under full load (bench/cases/load.ts). Threads inherit it, so it comes before any is started.
  // It never rises, which takes rights.
  setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL))
  for (const signal of LEFT_TO_THE_PARENT) process.on(signal, () => {})
  await endWithParent()
  const settings = (await json(process.stdin)) as ProcessSettings
  const frames = new Socket({ fd: FRAMES_FD })
  frames.on('error', () => {})
  await serve(frames, settings, load)
  process.exit()
}
