import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import type { Recommendation } from '../../inspection/calibration/index.ts'
import type { Offer } from '../../retraining/index.ts'
import { root } from '../../tools/tree.ts'
import type { FlowNode } from '../support/flow.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type Caught, type Plant, startPlant } from '../support/plant.ts'
import { commandsOf } from '../support/processes.ts'
import { sample } from '../support/samples.ts'
import { drawFolder } from '../support/training-images.ts'

/** A training gives way to whatever else the machine does. */
const PATIENCE_MS = 200_000

/** What a test wants of the message that a debug node of the example shows. */
const TOLD: Record<string, string> = {
  verdict: '({ ...msg.anomaly.verdict, model: msg.anomaly.model.name })',
  gathered: 'msg.gathered',
  progress: 'msg.payload',
  'now in use': 'msg.deployed',
  'error and its code': '({ ...msg.error, stack: undefined })',
}

/** The example as it is imported, with the test's broker, fewer images and epochs, and debug nodes that tell the test. */
const example = async (): Promise<FlowNode[]> => {
  const nodes: FlowNode[] = JSON.parse(await readFile(join(root, 'examples/anomalyclip-train.json'), 'utf8'))
  const tell = ({ id, z, name }: FlowNode): FlowNode[] => {
    const func = `return { topic: 'told/${name}', payload: ${TOLD[String(name)]} }`
    return [
      { ...{ id, z, x: 0, y: 0 }, type: 'function', func, outputs: 1, libs: [], wires: [[`${id}-out`]] },
      { id: `${id}-out`, type: 'mqtt out', z, x: 0, y: 0, topic: '', qos: '1', broker: 'broker', wires: [] },
    ]
  }
  return nodes
    .filter(({ type }) => type !== 'mqtt-broker' && type !== 'group')
    .flatMap((node) => {
      if (node.type === 'debug') return node.name === 'offer' ? [] : tell(node)
      if (node.type === 'anomalyclip-train') return [{ ...node, leastGood: '5', leastBad: '5', epochs: '2' }]
      // As in a fresh Node-RED, whose contexts end with it.
      if (node.type === 'threshold') return [{ ...node, store: 'memory' }]
      return [node.broker === undefined ? node : { ...node, broker: 'broker' }]
    })
    .map((node) => ({
      ...node,
      // The debug node of the offer is gone; the topic of the example tells the same.
      ...(Array.isArray(node.wires)
        ? { wires: (node.wires as string[][]).map((ids) => ids.filter((id) => id !== OFFER_DEBUG)) }
        : {}),
    }))
}

const OFFER_DEBUG = 'a7c1e5d20b3f402c'

interface Gathered {
  readonly judgement: string
  readonly heldOut: boolean
  readonly training: { readonly good: number; readonly bad: number; readonly masks: number }
}

describe('the example anomalyclip-train', function () {
  this.timeout(300_000)
  let plant: Plant
  let client: MqttClient
  let errors: Inbox<Caught>
  let verdicts: Inbox<{ level: string; threshold: number; model: string }>
  let gathered: Inbox<Gathered>
  let progress: Inbox<{ step: string; text: string }>
  let offers: Inbox<Offer>
  let inUse: Inbox<{ model: string; before: string }>
  const parts: { judgement: string; image: string; mask?: string }[] = []

  before(async function () {
    needMosquitto(this)
    const flow = await example()
    plant = await startPlant({
      lines: flow,
      prepare: async (userDir) => {
        await drawFolder(join(userDir, 'drawn'), 14, 96)
        const read = async (...path: string[]) =>
          (await readFile(join(userDir, 'drawn', ...path))).toString('base64')
        for (const judgement of ['good', 'bad'])
          for (const name of await readdir(join(userDir, 'drawn', judgement)))
            parts.push({
              judgement,
              image: await read(judgement, name),
              ...(judgement === 'bad' ? { mask: await read('masks', name) } : {}),
            })
      },
    })
    client = await connectAsync(plant.brokerUrl, { protocolVersion: 5 })
    client.setMaxListeners(0)
    const listen = <T>(topic: string) => openInbox<T>(client, topic, PATIENCE_MS)
    errors = await listen('told/error and its code')
    verdicts = await listen('told/verdict')
    gathered = await listen('told/gathered')
    progress = await listen('told/progress')
    offers = await listen('training/offer')
    inUse = await listen('told/now in use')
  })
  after(async () => {
    await client?.endAsync(true)
    await plant?.close()
  })

  /** As a person in the editor does. */
  const press = async (name: string): Promise<void> => {
    const flow = await example()
    const { id } = flow.find((node) => node.type === 'inject' && node.name === name) ?? assert.fail(name)
    const { ok } = await fetch(`${plant.url}/inject/${id}`, { method: 'POST' })
    assert.ok(ok, name)
  }
  const command = (word: string) => plant.publish('training/command', word)
  const judge = (judgement: object) => plant.publish('judgement/panel', JSON.stringify(judgement))
  const next = async <T>(inbox: Inbox<T>, cause: () => Promise<void>): Promise<T> => {
    const before = inbox.bodies.length
    await cause()
    return (await inbox.until((all) => all.length > before))[before]!
  }
  const inspect = () => next(verdicts, () => plant.publish('camera/1', sample('nut-good.png')))

  it('files the last image as the button says, and names what it cannot file', async () => {
    const { model, threshold } = await inspect()
    assert.deepEqual([model, threshold], ['nano', 0.9])
    const { judgement, training } = await next(gathered, () => press('last part was good'))
    assert.deepEqual([judgement, training], ['good', { good: 1, bad: 0, masks: 0 }])
    const files = await readdir(join(plant.userDir, 'anomalyclip/training/line/images/good'))
    const file = join(plant.userDir, 'anomalyclip/training/line/images/good', files[0]!)
    assert.deepEqual(await readFile(file), sample('nut-good.png'))
    assert.equal((await next(errors, () => judge({ judgement: 'so-so' }))).code, 'RETRAINING_INPUT')
    // Without an image of its own a judgement is of the last one.
    assert.equal((await next(gathered, () => judge({ judgement: 'bad' }))).training.bad, 1)
    assert.equal((await next(gathered, () => press('last part was good'))).training.bad, 0)
  })

  it('obeys nothing that the broker has kept of an earlier time, and keeps no offer there that may be taken since', async () => {
    const flow = await example()
    const kept = flow.filter(({ type, name }) => type === 'mqtt in' && name !== 'camera images')
    assert.deepEqual(
      kept.map(({ rh }) => rh),
      [2, 2],
      'retained messages are not sent (MQTT 5, 3.8.3.1)',
    )
    assert.equal(flow.find(({ topic }) => topic === 'training/offer')?.retain, 'false')
    assert.equal(flow.find(({ topic }) => topic === 'training/command')?.qos, '2', '"back" comes once')
  })

  it('refuses to train on too few images, and to deploy where nothing is offered', async () => {
    assert.equal((await next(errors, () => press('train'))).code, 'RETRAINING_IMAGES')
    assert.equal((await next(errors, () => press('deploy the new model'))).code, 'RETRAINING_OFFER')
    assert.equal((await next(errors, () => press('go back'))).code, 'ENGINE_DEPLOYMENT')
  })

  it('files images and masks of the panel, and holds every fifth out', async () => {
    const before = gathered.bodies.length
    for (const part of parts) await judge(part)
    const filed = (await gathered.until((all) => all.length === before + parts.length)).slice(before)
    assert.equal(filed.filter(({ heldOut }) => heldOut).length, 2)
    const most = (kind: 'good' | 'bad' | 'masks') => Math.max(...filed.map(({ training }) => training[kind]))
    assert.deepEqual([most('good'), most('bad'), most('masks')], [7, 6, 6])
  })

  it('ends a training that is cancelled, without an error', async () => {
    const before = errors.bodies.length
    assert.match((await next(progress, () => press('train'))).text, /will be undecided: 1 good and 1 bad/)
    await progress.until((all) => !/undecided/.test(all.at(-1)!.text))
    await press('cancel')
    await progress.until((all) => all.at(-1)?.step === 'cancelled')
    assert.deepEqual(commandsOf(plant.process.pid!), [])
    assert.deepEqual(await next(progress, () => command(' Cancel\n')), {
      step: 'cancelled',
      text: 'this node was not training',
    })
    assert.equal(errors.bodies.length, before)
  })

  it('says that a training was killed, goes on when asked, and refuses a second one', async () => {
    const seen = progress.bodies.length
    const killed = next(errors, () => command('train'))
    // After how many images it takes, which is said before it begins.
    await progress.until((all) => all.length > seen + 1)
    for (const pid of commandsOf(plant.process.pid!)) process.kill(pid, 'SIGKILL')
    assert.equal((await killed).code, 'RETRAINING_STEP')

    const first = await next(progress, () => command('train'))
    assert.equal(first.step, 'train')
    assert.equal((await next(errors, () => command('train'))).code, 'RETRAINING_BUSY')
  })

  it('goes on by itself after a restart of Node-RED, and offers the new model with a comparison', async () => {
    await plant.stopNodeRed()
    assert.deepEqual(commandsOf(plant.process.pid!), [])
    const offer = await next(offers, () => plant.startNodeRed())
    assert.equal(offer.present.name, 'nano')
    assert.equal(offer.candidate.name, 'line-1')
    assert.notEqual(offer.candidate.version, offer.present.version)
    // One image of each kind can tell nothing, and the offer says so.
    assert.deepEqual([offer.verdict, offer.difference], ['undecided', null])
    assert.deepEqual(offer.heldOut, { good: 1, bad: 1 })
    assert.ok(offer.candidate.pixel.auroc !== null && offer.candidate.image.auroc !== null)
    assert.match(await readFile(offer.report, 'utf8'), /<html/)
    assert.deepEqual(offer.problems, [])
    assert.equal((await inspect()).model, 'nano', 'nothing is put into use by itself')
  })

  it('puts the new model into use with its thresholds when told, also for the next start, and goes back', async () => {
    const { threshold } = offers.bodies.at(-1) as { threshold: Recommendation }
    assert.deepEqual(await next(inUse, () => press('deploy the new model')), {
      model: 'line-1',
      before: 'nano',
    })
    const { model, threshold: score } = await inspect()
    assert.deepEqual([model, score], ['line-1', threshold.score])
    assert.equal((await next(errors, () => command('deploy'))).code, 'RETRAINING_OFFER')

    await plant.stopNodeRed()
    await plant.startNodeRed()
    const again = await inspect()
    assert.deepEqual([again.model, again.threshold], ['line-1', threshold.score], 'with its thresholds')
    assert.ok(plant.log.some((line) => /"line-1" is in use, in place of the chosen model "nano"/.test(line)))

    assert.deepEqual(await next(inUse, () => press('go back')), { model: 'nano', before: 'line-1' })
    const { model: before, threshold: own } = await inspect()
    assert.deepEqual([before, own], ['nano', 0.9])
  })
})
