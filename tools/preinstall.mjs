/**
 * Keeps the install of this package within the package registry.
 *
 * onnxruntime-node's postinstall downloads CUDA libraries from NuGet on linux/x64, and npm gives up the whole install
 * where NuGet is out of reach. It does nothing where those files are already there. npm runs every `preinstall` of a
 * tree before any `postinstall` (arborist, lib/arborist/rebuild.js), so a small text file in the place of each is enough;
 * the CPU libraries are in the package itself. Whoever asks for CUDA gets it: docs/gpu.md. Why this way:
 * docs/decisions/0001-install-without-nuget.md in the repository.
 *
 * Plain JavaScript without dependencies, as it runs before anything is built, on whatever Node the box has. Never fails.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PLACEHOLDER = `Not a library: CUDA support of onnxruntime is not installed. @anomalyclip/node-red-anomalyclip put this file here
to keep onnxruntime-node's install script from downloading it. To install CUDA support, see docs/gpu.md in that package.
`

const PROVIDERS = ['cuda', 'shared', 'tensorrt'].map((name) => `libonnxruntime_providers_${name}.so`)

/** The flags that onnxruntime-node reads; any of them means that the user has decided. */
const FLAGS = ['ONNXRUNTIME_NODE_INSTALL', 'ONNXRUNTIME_NODE_INSTALL_CUDA']
const userDecided = () =>
  FLAGS.some((flag) => process.env[flag] || process.env[`npm_config_${flag.toLowerCase()}`])

/** @param {string} folder of this package; in a checkout it is no dependency, and the project's own settings hold. */
const isDependency = (folder) =>
  [dirname(folder), dirname(dirname(folder))].some((at) => basename(at) === 'node_modules')

const placeholders = () => {
  const here = dirname(dirname(fileURLToPath(import.meta.url)))
  if (process.platform !== 'linux' || process.arch !== 'x64' || userDecided() || !isDependency(here)) return
  const onnxruntime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const libraries = join(onnxruntime, 'bin', 'napi-v6', 'linux', 'x64')
  // Beside the CPU libraries or nowhere: another layout is another version, whose script we know nothing of.
  if (!existsSync(join(libraries, 'onnxruntime_binding.node'))) return
  for (const file of PROVIDERS)
    if (!existsSync(join(libraries, file))) writeFileSync(join(libraries, file), PLACEHOLDER)
}

try {
  placeholders()
} catch (error) {
  console.warn(`onnxruntime-node's install script is left as it is: ${error}`)
}
