import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'
import { NPM_VERSIONS, runNpm } from '../support/npm.ts'

interface LockedPackage {
  readonly resolved?: string
  readonly integrity?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly inBundle?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
}

describe('package-lock.json', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>
  }
  const entries = Object.entries(packages)

  it('names no registry, so that a mirror serves as well', () =>
    assert.deepEqual(
      entries.filter(([, { resolved }]) => resolved !== undefined),
      [],
    ))

  // npm leaves them out where a registry does not have them, and `npm ci` then refuses the file on every platform.
  it("names every platform's packages, also those that this platform has no use for", () =>
    assert.deepEqual(
      entries.flatMap(([path, { dependencies, optionalDependencies }]) =>
        Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isLocked(path, name)),
      ),
      [],
    ))

  it('has an integrity hash for everything that is installed on Linux, x64 or arm64, with glibc', () =>
    assert.deepEqual(
      entries
        .filter(([path, { integrity, inBundle }]) => path !== '' && integrity === undefined && !inBundle)
        .filter(([, locked]) => isInstalledOn(locked, 'x64') || isInstalledOn(locked, 'arm64'))
        .map(([path]) => path),
      [],
    ))

  const isInstalledOn = ({ os, cpu, libc }: LockedPackage, processor: string): boolean =>
    (os?.includes('linux') ?? true) && (cpu?.includes(processor) ?? true) && (libc?.includes('glibc') ?? true)

  /** Looks where Node does: below the dependent, then in every folder above it. */
  const isLocked = (dependent: string, name: string): boolean =>
    join(dependent, 'node_modules', name) in packages ||
    (dependent !== '' &&
      isLocked(dependent.slice(0, Math.max(0, dependent.lastIndexOf('/node_modules/'))), name))
})

describe('npm ci in a checkout', function () {
  this.timeout(120_000)
  let checkout: string

  before(() => {
    checkout = mkdtempSync(join(tmpdir(), 'checkout-'))
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      cpSync(join(root, file), join(checkout, file))
  })
  after(() => rmSync(checkout, { recursive: true, force: true }))

  for (const [name, npm] of Object.entries(NPM_VERSIONS))
    it(`accepts the lock file with ${name}`, () => {
      const { status, stderr } = runNpm(npm(checkout), checkout, ['ci', '--dry-run', '--ignore-scripts'])
      assert.equal(status, 0, stderr)
    })
})
