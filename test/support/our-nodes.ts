import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  'node-red': { nodes: Record<string, string> }
}

/** The file that Node-RED loads for each type of node, by the types, in the order of the palette. */
export const FILES_OF_NODES: Readonly<Record<string, string>> = manifest['node-red'].nodes

/** Every type of node that the package brings. */
export const OUR_NODES: readonly string[] = Object.keys(FILES_OF_NODES)
