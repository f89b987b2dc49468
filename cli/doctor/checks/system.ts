import { compareVersions, type Machine } from '../../../engine/machine/index.ts'
import type { Examination } from '../types.ts'
import { checksOf } from './check.ts'

/** What onnxruntime-node has libraries for (its folder bin/napi-v6), and whether this project tests there. */
const SYSTEMS: Readonly<Record<string, 'tested' | 'untested'>> = {
  'linux/x64': 'tested',
  'linux/arm64': 'tested',
  'darwin/arm64': 'untested',
  'win32/x64': 'untested',
  'win32/arm64': 'untested',
}

/** Of package.json, `engines`. */
const OLDEST_NODE = '22.13'

/** The oldest glibc that onnxruntime-node's Linux libraries load on. */
const OLDEST_GLIBC = '2.28'

const nameOf = async (machine: Machine): Promise<string> => {
  const release = await machine.read('/etc/os-release')
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(release ?? '')?.[1] ?? machine.platform
}

export const examineSystem: Examination = async ({ machine }) => {
  const { ok, warning, missing } = checksOf('system', 'System')
  const system = `${machine.platform}/${machine.arch}`
  const found = `${await nameOf(machine)} (${system})`
  const support = SYSTEMS[system]
  if (support === 'tested') return [ok(found)]
  return support === 'untested'
    ? [warning(`${found}; this package is not tested there.`, 'Nothing needs to be done; say what fails.')]
    : [missing(`${found}; onnxruntime is not published for it.`, 'Use Linux on x64 or arm64.')]
}

export const examineLibc: Examination = async ({ machine }) => {
  if (machine.platform !== 'linux') return []
  const { ok, missing } = checksOf('libc', 'C library')
  const { glibc } = machine
  if (glibc === null)
    return [
      missing(
        'musl (Alpine and its like), for which onnxruntime is not published.',
        'Use a system or image on a Debian base, such as node:24-bookworm-slim; the official nodered/node-red images are Alpine (docs/install.md).',
      ),
    ]
  return compareVersions(glibc, OLDEST_GLIBC) < 0
    ? [
        missing(
          `glibc ${glibc}; onnxruntime needs ${OLDEST_GLIBC} or later.`,
          'Update the system: Debian 10, Ubuntu 20.04, RHEL 8 or later.',
        ),
      ]
    : [ok(`glibc ${glibc}`)]
}

export const examineNode: Examination = async ({ machine }) => {
  const { ok, missing } = checksOf('node', 'Node.js')
  const { nodeVersion } = machine
  return compareVersions(nodeVersion, OLDEST_NODE) < 0
    ? [missing(`Node.js ${nodeVersion}; ${OLDEST_NODE} or later is needed.`, 'Update Node.js.')]
    : [ok(`Node.js ${nodeVersion}`)]
}
