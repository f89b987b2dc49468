import { mkdir, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { codedError, isCodedError, messageOf } from '../errors/index.ts'
import { makeFolder } from './make-folder.ts'
import { MANIFEST_FILE } from './manifest.ts'

/** Turns at a place that other builds want as well; each turn that is lost, another build's model came in between. */
const MAX_TURNS = 5

/**
 * Fills a folder beside its place and moves it there when it is whole. A model that was there stays until then. When
 * something fails, nothing is left behind, and the earlier model is where it was.
 * @param output absolute path
 * @param fill puts the files into the folder that it is given
 * @param beside beside which folder it is filled: another one than `output` where somebody takes all beside that for models
 * @throws MODEL_OUTPUT where the place cannot be used, and whatever `fill` throws
 */
export const makeWhole = async <T>(
  output: string,
  fill: (folder: string) => Promise<T>,
  { beside = output }: { readonly beside?: string } = {},
): Promise<T> => {
  await checkPlace(output)
  const making = join(dirname(beside), `${startOfMaking(beside)}${process.pid}`)
  const made = await makeFolder(dirname(beside)).catch((error: unknown) => {
    throw unusable(output, error)
  })
  try {
    await startEmpty(making).catch((error: unknown) => {
      throw unusable(output, error)
    })
    const result = await fill(making)
    made.unshift(...(await makeFolder(dirname(output))))
    await putInPlace(making, output)
    return result
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Only where they are still empty: another build may have come to use them.
    for (const folder of made) await rmdir(folder).catch(() => {})
    throw asOutputError(output, error)
  }
}

/** A dot in front: whoever lists models passes it over. */
const startOfMaking = (output: string): string => `.${basename(output)}.building-`

/** Removes what builds of a model that were killed have left beside its place, each as large as the model; none may be under way. */
export const removeUnfinished = async (output: string): Promise<void> => {
  const folder = dirname(output)
  for (const name of await readdir(folder))
    if (name.startsWith(startOfMaking(output))) await rm(join(folder, name), { recursive: true, force: true })
}

const unusable = (output: string, cause: unknown) =>
  codedError(
    'MODEL_OUTPUT',
    `the model folder "${output}" cannot be written: ${messageOf(cause)}. Name a folder on a disk with room that you may write to.`,
    { cause },
  )

/** MODEL_OUTPUT for what the system says of files; everything else as it was thrown. */
export const asOutputError = (output: string, thrown: unknown): unknown =>
  isFileError(thrown) ? unusable(output, thrown) : thrown

/** What writing a file throws; reading the weights has codes of its own. */
const isFileError = (error: unknown): boolean =>
  error instanceof Error && !isCodedError(error) && 'syscall' in error

/**
 * For those who write a model out of another one: what is replaced must not be what is read.
 * @throws MODEL_OPTIONS where the output is the source, by whatever name, or holds it
 */
export const checkApart = async (output: string, source: string): Promise<void> => {
  const [to, from] = await Promise.all([realpath(output).catch(() => null), realpath(source)])
  if (to === null || !`${from}${sep}`.startsWith(`${to}${sep}`)) return
  throw codedError(
    'MODEL_OPTIONS',
    `the output folder "${output}" ${to === from ? 'is the model itself' : `holds the model "${source}"`}, which would be lost; name another folder.`,
  )
}

/** A folder that is there must be empty or a model: nothing else is ever replaced. */
const checkPlace = async (output: string): Promise<void> => {
  const entries = await readdir(output).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[]
    throw unusable(output, error)
  })
  if (entries.length > 0 && !entries.includes(MANIFEST_FILE))
    throw codedError(
      'MODEL_OPTIONS',
      `the output folder "${output}" holds other files; name a new or empty folder, or one with a model to replace.`,
    )
}

const startEmpty = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
}

/** The last of several builds wins, each with a whole model. */
const putInPlace = async (made: string, output: string): Promise<void> => {
  const old = `${made}.old`
  for (let turn = 1; ; turn++) {
    const hadOld = await rename(output, old).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false
        throw error
      },
    )
    const error = await rename(made, output).then(
      () => null,
      (cause: NodeJS.ErrnoException) => cause,
    )
    const isTaken = error?.code === 'ENOTEMPTY' || error?.code === 'EEXIST'
    if (error !== null && !isTaken && hadOld) await rename(old, output)
    await rm(old, { recursive: true, force: true })
    if (error === null) return
    if (!isTaken || turn === MAX_TURNS) throw error
  }
}
