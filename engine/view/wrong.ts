import { codedError, shown } from '../../errors/index.ts'

/** What all complaints about a part of a view have in common. */
export const wrong = (name: string, found: unknown, expected: string) =>
  codedError(
    'IMAGE_VIEW',
    `${name} is ${shown(found)}, expected ${expected}. Correct the view of this image.`,
  )
