import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

/** Debian's own, which has Debian's python3-torch; another may stand before it on the PATH. */
export const PYTHON = '/usr/bin/python3'

/** Skips the suite where PyTorch is not installed, and says so. */
export const needPyTorch = (context: Mocha.Context): void => {
  if (spawnSync(PYTHON, ['-c', 'import torch']).status === 0) return
  console.warn('      skipped: these tests need the Debian package "python3-torch"')
  context.skip()
}

/** Runs a program with arguments; rejects with what it said where it fails, as by an assertion. */
export const python = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(PYTHON, ['-c', program, ...args])).stdout
