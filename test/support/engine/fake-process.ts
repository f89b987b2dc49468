import type { Launch, ProcessEnd, ProcessHandlers } from '../../../engine/child.ts'
import type { FromProcess, ProcessSettings, ToProcess } from '../../../engine/protocol.ts'
import type { Device, LoadStep, PassedOver } from '../../../engine/types.ts'
import { EXACT } from './self-test.ts'

/** A launcher whose processes do only what the test says. */
export const fakeProcesses = () => {
  const started: FakeProcess[] = []
  const launch: Launch = (settings, handlers) => {
    const fake = fakeProcess(started.length + 1, settings, handlers)
    started.push(fake)
    return fake.process
  }
  return { launch, started, last: () => started.at(-1)! }
}

type FakeProcess = ReturnType<typeof fakeProcess>

const fakeProcess = (pid: number, settings: ProcessSettings, { onMessage, onEnd }: ProcessHandlers) => {
  const sent: ToProcess[] = []
  const payloads: (readonly Uint8Array[])[] = []
  const end = (how: Partial<ProcessEnd> = {}) =>
    onEnd({ code: null, signal: null, lastWords: [], error: null, ...how })
  const nothing = new Uint8Array(new ArrayBuffer(0))
  return {
    settings,
    sent,
    /** Of each that was sent, part by part. */
    payloads,
    end,
    /** Ids of the images it was given, batch by batch. */
    batches: () => {
      const batches: number[][] = []
      let isNew = true
      for (const message of sent) {
        if (message.type !== 'infer') continue
        if (isNew) batches.push([])
        batches.at(-1)!.push(message.id)
        isNew = !message.more
      }
      return batches
    },
    begin: (step: LoadStep, device: Device | null = null) =>
      onMessage({ type: 'step', step, device }, nothing),
    becomeReady: (device: Device = 'cpu', passedOver: readonly PassedOver[] = []) =>
      onMessage(
        {
          type: 'ready',
          model: { name: 'fake', method: 'none', version: '1', imageSize: 1 },
          device,
          loaded: { selfTest: EXACT, passedOver },
        },
        nothing,
      ),
    /** Says that its server cannot be used. */
    goAway: (code: string) =>
      onMessage({ type: 'away', error: { code, message: 'as the test says' } }, nothing),
    refuse: (code: string) =>
      onMessage({ type: 'unloadable', error: { code, message: 'as the test says' } }, nothing),
    progress: (id: number) => onMessage({ type: 'progress', id }, nothing),
    smaller: (images: number, code: string) =>
      onMessage({ type: 'smaller', images, error: { code, message: 'as the test says' } }, nothing),
    answer: (id: number, further: Partial<Extract<FromProcess, { type: 'result' }>> = {}) =>
      onMessage(
        {
          type: 'result',
          id,
          score: id,
          map: { width: 1, height: 1 },
          image: { width: 1, height: 1, format: 'raw', sha256: '' },
          className: null,
          decodeMs: 1,
          inferMs: 2,
          images: 1,
          ...further,
        },
        new Uint8Array(Float32Array.of(id).buffer),
      ),
    process: {
      pid,
      send: (message: ToProcess, ...payload: readonly Uint8Array[]) => {
        sent.push(message)
        payloads.push(payload)
      },
      kill: () => end({ signal: 'SIGKILL' }),
    },
  }
}
