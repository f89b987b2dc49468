import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Files by their paths below the root. */
export type Tree = Readonly<Record<string, Uint8Array | string>>

/** Calls `work` with a folder that holds the tree, and removes it afterwards. */
export const inTree = async (tree: Tree, work: (root: string) => Promise<void>): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), 'anomalyclip-tree-'))
  try {
    for (const [path, content] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }
    await work(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
