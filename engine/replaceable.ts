import { codedError } from '../errors/index.ts'
import { inTurn } from './in-turn.ts'
import type { Engine, EngineOptions, EngineStatus, ModelFacts } from './types.ts'

/** An engine whose model can be replaced while images come in. */
export interface ReplaceableEngine extends Engine {
  /**
   * Loads a model beside the present one, and gives it all images from then on; those that the present one has taken are
   * inspected by it, and their results come first. Until then both models are in memory.
   * @throws what `ready` rejects with; the present model then stays in use
   */
  replace(options: EngineOptions): Promise<ModelFacts>
}

export const replaceableEngine = (
  options: EngineOptions,
  start: (options: EngineOptions) => Engine,
): ReplaceableEngine => {
  const listeners = new Set<(status: EngineStatus) => void>()
  /** All that hold a process: the current one, one that is being loaded, and those that still answer. */
  const alive = new Set<Engine>()
  const takeTurn = inTurn()
  let isClosed = false
  let underWay = new Set<Promise<unknown>>()
  /** Settles with the last image of the models before the current one. */
  let earlier: Promise<unknown> = Promise.resolve()

  const started = (settings: EngineOptions): Engine => {
    const engine = start(settings)
    alive.add(engine)
    return engine
  }
  const ended = (engine: Engine): Promise<unknown> => engine.close().finally(() => alive.delete(engine))
  const follow = (engine: Engine): (() => void) =>
    engine.onStatus((status) => {
      for (const listener of listeners) listener(status)
    })

  let current = started(options)
  let unfollow = follow(current)

  const use = (engine: Engine): void => {
    const before = current
    earlier = Promise.allSettled([earlier, ...underWay])
    underWay = new Set()
    unfollow()
    current = engine
    unfollow = follow(engine)
    for (const listener of listeners) listener(engine.status())
    void earlier.then(() => ended(before))
  }

  return {
    get model() {
      return current.model
    },
    get ready() {
      return current.ready
    },
    infer: (request) => {
      const before = earlier
      const result = current.infer(request)
      const all = underWay
      all.add(result)
      const settled = result.then(
        () => {},
        () => {},
      )
      void settled.then(() => all.delete(result))
      return Promise.all([settled, before]).then(() => result)
    },
    status: () => current.status(),
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    replace: (settings) =>
      takeTurn(async () => {
        if (isClosed) throw codedError('ENGINE_CLOSED', 'the engine was closed before its model was replaced')
        const engine = started(settings)
        try {
          const facts = await engine.ready
          use(engine)
          return facts
        } catch (error) {
          await ended(engine)
          throw error
        }
      }),
    close: async () => {
      isClosed = true
      await Promise.all([...alive].map(ended))
    },
  }
}
