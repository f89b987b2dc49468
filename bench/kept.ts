import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Results, SoakResults } from './results.ts'

const readKept = async <T>(name: string): Promise<T | undefined> => {
  const file = join(import.meta.dirname, name)
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as T) : undefined
}

/** Figures of the last whole run of `npm run bench`. */
export const keptResults = async (): Promise<Results> => (await readKept<Results>('results.json'))!

/** Figures of the last whole run of `npm run soak`; undefined until there was one. */
export const keptSoak = (): Promise<SoakResults | undefined> => readKept<SoakResults>('soak-results.json')
