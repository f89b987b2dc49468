import { type Losses, type TrainingProgress, totalOf } from '../../training/index.ts'
import type { ProgressDisplay } from '../progress.ts'
import { timeLeft } from '../time-left.ts'
import type { Surroundings } from '../types.ts'

/** Tells a person how far a training is: batches where a line can be rewritten, else whole epochs. */
export const showTraining = (
  progress: ProgressDisplay,
  { complain, rewrite }: Pick<Surroundings, 'complain' | 'rewrite'>,
): ((at: TrainingProgress) => void) => {
  let clock: ReturnType<typeof timeLeft> | null = null
  let epochsBefore = 0
  return (at) => {
    if (at.kind === 'images') progress.show('reading images', null)
    else if (at.kind === 'features') {
      const title = `features of ${at.isMirrored ? 'mirrored ' : ''}images`
      if (at.done === 0 || clock === null) {
        clock = timeLeft(at.total)
        progress.show(title, 0)
      } else progress.show(title, clock.next({ isWork: !at.isKnown }), clock.left())
    } else if (at.kind === 'start') {
      const { training, validation, withMaps, epochs } = at.start
      progress.end()
      clock = null
      epochsBefore = epochs
      const kept = validation === 0 ? '' : `, ${validation} kept for the validation`
      const maps = withMaps ? 'images and maps' : 'images alone, without maps'
      const begun = epochs === 0 ? '' : `, after ${epochs} epochs of an earlier run`
      complain(`training on ${training} images${kept}; loss of ${maps}${begun}`)
    } else if (at.kind === 'batch') {
      const { epoch, epochs, done, total, isValidation } = at
      clock ??= timeLeft(total * (epochs - epochsBefore))
      // Validation counts no batches of its own: its time goes to the next batch.
      if (!isValidation) clock.next()
      const part = isValidation ? ' validation' : ''
      if (rewrite !== null)
        progress.show(
          titleOf(epoch, epochs),
          Math.min(done / total, 0.99),
          `${lossesInWords(at.losses)}${part}  ${clock.left()}`,
        )
    } else {
      const { epoch, validation, ...losses } = at.losses
      const kept = validation && `validation: ${lossesInWords(validation)}`
      progress.show(
        titleOf(epoch, at.epochs),
        1,
        [lossesInWords(losses), kept ?? '', clock?.left() ?? ''].filter((part) => part !== '').join('  '),
      )
    }
  }
}

const titleOf = (epoch: number, epochs: number): string => `epoch ${epoch} of ${epochs}`

const lossesInWords = (losses: Losses): string =>
  losses.maps === null
    ? `loss ${losses.images.toFixed(4)}`
    : `loss ${totalOf(losses).toFixed(4)} (images ${losses.images.toFixed(4)}, maps ${losses.maps.toFixed(4)})`
