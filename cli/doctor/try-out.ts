import { type Device, startEngine } from '../../engine/index.ts'
import { messageOf } from '../../errors/index.ts'
import { oneLine } from '../one-line.ts'
import type { Trial } from './types.ts'

/** Loads a model as a node does, in a process of its own: whatever happens there, the one who asks lives on. */
export const tryOut =
  (signal: AbortSignal) =>
  async (model: string, device: Device): Promise<Trial> => {
    const engine = startEngine({ model, device })
    const close = () => void engine.close()
    signal.addEventListener('abort', close)
    try {
      await engine.ready
      const selfTest = engine.status().loaded?.selfTest
      return selfTest === undefined
        ? { works: false, reason: 'the model ended as soon as it was loaded' }
        : { works: true, selfTest }
    } catch (error) {
      signal.throwIfAborted()
      return { works: false, reason: oneLine(messageOf(error)) }
    } finally {
      signal.removeEventListener('abort', close)
      await engine.close()
    }
  }
