import { imageFrom } from '../../engine/index.ts'
import { codedError, shown } from '../../errors/index.ts'
import {
  countsOf,
  gatheredIn,
  interruptionOf,
  JUDGEMENTS,
  layoutOf,
  openGathering,
} from '../../retraining/index.ts'
import { hostOf } from '../anomalyclip-model/host.ts'
import {
  type InputHandler,
  type Message,
  type Node,
  type NodeAPI,
  onClose,
  onInput,
  readProperty,
  statusOf,
  userDirOf,
  whenConfigured,
} from '../wiring/index.ts'
import { type Commands, openCommands } from './commands.ts'
import { obeyWith, type Shown, type TrainMessage, wordOf } from './obey.ts'
import { readSettings, type TrainConfig } from './settings.ts'
import { gatheredDot, offerDot, progressDot } from './status.ts'

/** Outputs: 1 gathered image, 2 progress, 3 offer of a new model, 4 another model is in use. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('anomalyclip-train', function (this: Node, config: TrainConfig) {
    RED.nodes.createNode(this, config)
    onInput(
      this,
      whenConfigured(this, () => makeHandler(RED, this, config)),
    )
  })
}

const makeHandler = (RED: NodeAPI, node: Node, config: TrainConfig): InputHandler => {
  const userDir = userDirOf(RED)
  const settings = readSettings(config, userDir)
  const host = hostOf(RED, config.model)
  const layout = layoutOf(settings.folder)
  const gathering = openGathering(layout)
  const show = statusOf(node)
  const commands = openCommands({
    ...{ host, layout, settings, userDir },
    onProgress: (progress) => {
      show(progressDot(progress))
      node.send([null, { payload: progress } as Message, null, null])
    },
  })
  // Its thresholds belong to it, and the store of `threshold` forgets with Node-RED by default. Once whoever is to hear it is there.
  const remind = (): void => {
    const inForce = commands.inForce()
    if (inForce !== null)
      node.send([null, null, null, { _msgid: RED.util.generateId(), ...inForce, keep: true } as Message])
  }
  RED.events.once('flows:started', remind)
  onClose(node, () => {
    RED.events.off('flows:started', remind)
    gathering.close()
    return commands.close()
  })
  /** How far a training is stands before what is gathered or goes wrong meanwhile: the next epoch may be an hour away. */
  const showAside: typeof show = (status) => {
    if (!commands.isTraining()) show(status)
  }
  const showGathered = async (): Promise<void> => {
    const { training, heldOut } = await gatheredIn(layout)
    showAside(gatheredDot(countsOf(training), countsOf(heldOut)))
  }
  const obey = obeyWith(commands, { show, showAside, showGathered })
  void goOn(node, { layout, commands, obey, show, showGathered })

  return async (msg: TrainMessage) => {
    if (msg.control !== undefined) return obey(msg, true)
    const judgement = judgementFrom(await readProperty(RED, node, settings.judgement, msg))
    const mask = await readProperty(RED, node, settings.mask, msg)
    const filed = await gathering.add({
      judgement,
      image: imageFrom(await readProperty(RED, node, settings.image, msg)),
      mask: mask === undefined || mask === null || mask === '' ? null : imageFrom(mask),
    })
    showAside(gatheredDot(filed.training, filed.heldOutImages))
    msg.gathered = filed
    return [msg, null, null, null]
  }
}

interface GoOnOptions extends Pick<Shown, 'show' | 'showGathered'> {
  readonly layout: ReturnType<typeof layoutOf>
  readonly commands: Commands
  readonly obey: (msg: TrainMessage, isAsked: boolean) => ReturnType<InputHandler>
}

/** Shows what there is, and goes on with what Node-RED has interrupted by its end, or by a deploy of this node. */
const goOn = async (
  node: Node,
  { layout, commands, obey, show, showGathered }: GoOnOptions,
): Promise<void> => {
  const msg: TrainMessage = { _msgid: '', control: 'train' }
  try {
    await showGathered()
    const interruption = await interruptionOf(layout)
    if (interruption === 'go on') {
      node.log('goes on with the training that was interrupted')
      const outgoing = await obey(msg, false)
      if (outgoing !== null) node.send(outgoing)
      return
    }
    if (interruption === 'wait')
      node.warn('a training was interrupted each time it went on; it waits for msg.control "train"')
    const offer = await commands.offer()
    if (offer !== null) show(offerDot(offer))
  } catch (error) {
    node.error(error, msg)
  }
}

const judgementFrom = (given: unknown): (typeof JUDGEMENTS)[number] => {
  const word = wordOf(given)
  const judgement = JUDGEMENTS.find((one) => one === word)
  if (judgement !== undefined) return judgement
  throw codedError(
    'RETRAINING_INPUT',
    `the judgement of the image is ${shown(given)}, expected "good" or "bad"; is the right property of the message chosen?`,
  )
}
