import { launcherOf } from '../../../engine/child.ts'
import { startEngine } from '../../../engine/engine.ts'
import type { Engine, EngineOptions, EngineStatus } from '../../../engine/index.ts'

const launchStub = launcherOf(new URL('./stub-process.ts', import.meta.url))

/** An engine in front of a real process with the stub model in it. */
export const startStub = (options: Partial<EngineOptions> = {}): Engine =>
  startEngine({ model: 'stub', ...options }, { launch: launchStub })

/** Resolves with the first status that is as wished. */
export const statusWhere = (
  engine: Engine,
  isWished: (status: EngineStatus) => boolean,
): Promise<EngineStatus> =>
  new Promise((resolve) => {
    const look = (status: EngineStatus) => {
      if (!isWished(status)) return
      unsubscribe()
      resolve(status)
    }
    const unsubscribe = engine.onStatus(look)
    look(engine.status())
  })
