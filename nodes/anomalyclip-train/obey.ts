import { codedError, shown } from '../../errors/index.ts'
import type { Offer } from '../../retraining/index.ts'
import type { Message, statusOf } from '../wiring/index.ts'
import type { Change, Commands } from './commands.ts'
import { failedDot, inUseDot, offerDot } from './status.ts'

export interface TrainMessage extends Message {
  control?: unknown
  gathered?: object
}

export interface Shown {
  readonly show: ReturnType<typeof statusOf>
  /** Not while a training is under way. */
  readonly showAside: ReturnType<typeof statusOf>
  readonly showGathered: () => Promise<void>
}

/** Of people and panels: ` Train` is `train`. */
export const wordOf = (given: unknown): unknown =>
  typeof given === 'string' ? given.trim().toLowerCase() : given

/** Does what `msg.control` says. */
export const obeyWith =
  (commands: Commands, { show, showAside, showGathered }: Shown) =>
  async (msg: TrainMessage, isAsked: boolean): Promise<Message | (Message | null)[] | null> => {
    const changed = ({ control, payload, deployed }: Change) => {
      show(inUseDot(deployed.model))
      return [null, null, null, Object.assign(msg, { control, payload, deployed })]
    }
    const offered = (offer: Offer) => {
      show(offerDot(offer))
      delete msg.control
      return [null, null, Object.assign(msg, { payload: offer }), null]
    }
    const cancelled = (text: string) => {
      delete msg.control
      return [null, Object.assign(msg, { payload: { step: 'cancelled', text } }), null, null]
    }
    try {
      switch (wordOf(msg.control)) {
        case 'train': {
          const offer = await commands.train(isAsked)
          if (offer === null) await showGathered()
          return offer && offered(offer)
        }
        case 'cancel':
          return cancelled((await commands.cancel()) ? 'cancelled' : 'this node was not training')
        case 'deploy':
          return changed(await commands.deploy())
        case 'back':
          return changed(await commands.goBack())
        default:
          throw codedError(
            'RETRAINING_INPUT',
            `msg.control is ${shown(msg.control)}, expected "train", "cancel", "deploy" or "back".`,
          )
      }
    } catch (error) {
      showAside(failedDot(error))
      throw error
    }
  }
