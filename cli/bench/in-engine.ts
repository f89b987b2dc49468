import { type Engine, type EngineOptions, startEngine } from '../../engine/index.ts'

/** Has a loaded model work, and ends it whatever comes of that; an interruption ends it at once. @throws MODEL_…, ENGINE_… */
export const inEngine = async <T>(
  options: EngineOptions,
  signal: AbortSignal,
  work: (engine: Engine) => Promise<T>,
): Promise<T> => {
  const engine = startEngine(options)
  const stop = () => void engine.close()
  signal.addEventListener('abort', stop)
  try {
    await engine.ready
    return await work(engine)
  } finally {
    signal.removeEventListener('abort', stop)
    await engine.close()
  }
}
