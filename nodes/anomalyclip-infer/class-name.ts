import { codedError, shown } from '../../errors/index.ts'

/**
 * The class of an image, as the property chosen for it says.
 * @throws NODE_PROPERTY for anything but a text with something in it: without one the wrong class would be taken in silence
 */
export const readClass = (found: unknown): string => {
  if (typeof found === 'string' && found.trim() !== '') return found
  throw codedError(
    'NODE_PROPERTY',
    `the class is ${shown(found)}, expected its name, for example "bottle". Correct what sets it, or leave the node's field empty to take the ` +
      "model's default.",
  )
}
