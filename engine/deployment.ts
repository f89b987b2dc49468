import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codedError, messageOf } from '../errors/index.ts'
import { type Recommendation, readRecommendation } from '../inspection/calibration/index.ts'
import { makeFolder } from '../models/make-folder.ts'
import { replaceFile } from '../models/replace-file.ts'

/** A model that was put into use in place of the one that was chosen in the editor. */
export interface Deployment {
  /** As it would be chosen. */
  readonly model: string
  /** What was recommended with it; null = none. */
  readonly threshold: Recommendation | null
}

/** Of one `anomalyclip-model` node. */
export interface DeploymentRecord {
  /** The oldest first; the last one is in use. None = the chosen model is. Forgets those of another choice. */
  read(): readonly Deployment[]
  write(deployments: readonly Deployment[]): Promise<void>
}

const VERSION = 1

/**
 * The record outlives restarts, and holds for the choice it was made in place of: who chooses another model in the editor
 * gets that one.
 * @param id of the node @param chosen the model that was chosen in the editor
 */
export const deploymentRecord = (userDir: string, id: string, chosen: string): DeploymentRecord => {
  const file = join(userDir, 'anomalyclip', 'deployed', `${encodeURIComponent(id)}.json`)
  const refused = (what: string, cause: unknown): Error =>
    codedError(
      'ENGINE_DEPLOYMENT',
      `${file}, which says which model is in use in place of "${chosen}", ${what}: ${messageOf(cause)}.`,
      { cause },
    )
  return {
    read: () => {
      try {
        const found = parse(readFileSync(file, 'utf8'))
        if (found.inPlaceOf === chosen) return found.deployments
        // For good: it does not come back when the earlier choice does.
        rmSync(file)
        return []
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
        throw refused('cannot be used. Remove it to go back to the chosen model', cause)
      }
    },
    write: async (deployments) => {
      const content = { version: VERSION, inPlaceOf: chosen, deployments }
      try {
        await makeFolder(dirname(file))
        await replaceFile(file, Buffer.from(`${JSON.stringify(content, null, 2)}\n`), { flush: true })
      } catch (cause) {
        throw refused('cannot be written', cause)
      }
    },
  }
}

const parse = (text: string): { inPlaceOf: unknown; deployments: readonly Deployment[] } => {
  const found: unknown = JSON.parse(text)
  if (!isRecord(found) || found.version !== VERSION || !Array.isArray(found.deployments))
    throw new Error(`expected an object of version ${VERSION} with a list of deployments`)
  return { inPlaceOf: found.inPlaceOf, deployments: found.deployments.map(deploymentOf) }
}

const deploymentOf = (value: unknown): Deployment => {
  if (!isRecord(value) || typeof value.model !== 'string') throw new Error('a deployment names no model')
  return {
    model: value.model,
    threshold: value.threshold == null ? null : readRecommendation(value.threshold),
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
