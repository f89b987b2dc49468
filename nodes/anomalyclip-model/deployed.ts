import { existsSync } from 'node:fs'
import {
  type Deployment,
  type DeploymentRecord,
  type Engine,
  type EngineOptions,
  inTurn,
  modelFolder,
  type ReplaceableEngine,
  replaceableEngine,
  startEngine,
} from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'

/** The model that a node runs. */
export interface InUse {
  /** As it would be chosen in the editor. */
  readonly reference: string
  readonly folder: string
  /** false = it was put into use in place of the one chosen in the editor. */
  readonly isChosen: boolean
  /** What was recommended with it; null of the chosen one. */
  readonly threshold: Deployment['threshold']
}

/** What stands behind an `anomalyclip-model` node. */
export interface Host {
  readonly engine: ReplaceableEngine
  /** Folder of the model that was chosen in the editor. */
  readonly chosen: string
  inUse(): InUse
  /**
   * Puts a model into use in place of the present one, for this and all later starts; the present one goes on until the new one is
   * loaded and has passed its self-test, and stays where that fails.
   * @throws MODEL_…, ENGINE_…
   */
  deploy(deployment: Deployment): Promise<InUse>
  /** The same with the model that was in use before, of those that are still there. @throws ENGINE_DEPLOYMENT where there is none */
  goBack(): Promise<InUse>
}

/** @throws ENGINE_DEPLOYMENT, MODEL_REFERENCE */
export const openHost = (
  settings: EngineOptions,
  chosen: string,
  userDir: string,
  record: DeploymentRecord,
  start: (options: EngineOptions) => Engine = startEngine,
): Host => {
  let deployments = record.read()
  const takeTurn = inTurn()
  const inUseOf = (all: readonly Deployment[]): InUse => {
    const last = all.at(-1)
    const reference = last?.model ?? chosen
    return {
      reference,
      folder: modelFolder(reference, userDir),
      isChosen: last === undefined,
      threshold: last?.threshold ?? null,
    }
  }
  const isThere = ({ model }: Deployment): boolean => existsSync(modelFolder(model, userDir))
  const settingsOf = (all: readonly Deployment[]): EngineOptions => ({
    ...settings,
    model: inUseOf(all).folder,
  })
  const engine = replaceableEngine(settingsOf(deployments), start)
  const change = async (next: readonly Deployment[]): Promise<InUse> => {
    await engine.replace(settingsOf(next))
    try {
      await record.write(next)
    } catch (error) {
      // Else the next start would bring the old one back without a word.
      await engine.replace(settingsOf(deployments))
      throw error
    }
    deployments = next
    return inUseOf(next)
  }
  return {
    engine,
    chosen: settings.model,
    inUse: () => inUseOf(deployments),
    deploy: (deployment) => takeTurn(() => change([...deployments, deployment])),
    goBack: () =>
      takeTurn(() => {
        if (deployments.length === 0)
          throw codedError(
            'ENGINE_DEPLOYMENT',
            `the model in use is "${chosen}", which was chosen in the editor: there is none to go back to.`,
          )
        // The others take up room, and may have been removed since.
        const earlier = deployments.slice(0, -1)
        return change(earlier.slice(0, earlier.findLastIndex(isThere) + 1))
      }),
  }
}
