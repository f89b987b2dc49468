import { basename, extname, join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import type { Input } from './inputs.ts'

/** Files to write for one image. */
export interface Outputs {
  readonly map?: string
  readonly overlay?: string
}

export interface OutputFolders {
  readonly mapDir?: string | undefined
  readonly overlayDir?: string | undefined
}

/**
 * Says where the results of each image go: NAME.npy and NAME.jpg, NAME being the image's file name without its
 * ending. The function throws CLI_OUTPUT for an image whose results would replace those of an earlier image of the
 * same run, or an image of the run itself.
 */
export const planOutputs = (inputs: readonly Input[], { mapDir, overlayDir }: OutputFolders) => {
  const images = new Set(inputs.map(({ path }) => path))
  const owners = new Map<string, Input>()
  return (input: Input): Outputs => {
    const name = basename(input.path, extname(input.path))
    const outputs = {
      ...(mapDir === undefined ? {} : { map: join(mapDir, `${name}.npy`) }),
      ...(overlayDir === undefined ? {} : { overlay: join(overlayDir, `${name}.jpg`) }),
    }
    for (const output of Object.values(outputs)) {
      const owner = owners.get(output)
      if (owner !== undefined)
        throw codedError(
          'CLI_OUTPUT',
          `${output} is where the result of ${owner.file} goes in this run; inspect images of the same name in ` +
            'runs with folders of their own.',
        )
      if (images.has(output))
        throw codedError(
          'CLI_OUTPUT',
          `${output} is one of the images given; choose another folder for results.`,
        )
    }
    for (const output of Object.values(outputs)) owners.set(output, input)
    return outputs
  }
}
