import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NAME = '@anomalyclip/node-red-anomalyclip'

interface PackageFacts {
  /** Folder of package.json. */
  readonly root: string
  readonly name: string
  readonly version: string
}

/** This package, found by walking up: the code runs from the sources as well as from `dist/`. */
export const thisPackage = ((): PackageFacts => {
  for (let root = dirname(fileURLToPath(import.meta.url)); ; root = dirname(root)) {
    const file = join(root, 'package.json')
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }
      if (name === NAME && version !== undefined) return { root, name, version }
    }
    if (root === dirname(root))
      throw new Error(`package.json of ${NAME} is in no folder above ${import.meta.url}`)
  }
})()
