import type { EngineStatus } from '../../engine/index.ts'
import type { Node } from '../wiring/index.ts'

/** Losing images is normal on a live line, and may go on for days. */
const APART_MS = 60_000
/** Named in one line of the log. */
const MOST_NAMED = 10

/** Says in the log, at most once a minute, which sources have lost images to the queue since it said so before. */
export const logLosses = (node: Node): ((status: EngineStatus) => void) => {
  let now: EngineStatus['droppedBySource'] = {}
  let told: EngineStatus['droppedBySource'] = {}
  let timer: NodeJS.Timeout | null = null

  /** A model that was put in the place of another counts from 0 again. */
  const toldOf = (source: string, images: number): number => {
    const before = told[source] ?? 0
    return before > images ? 0 : before
  }

  const fresh = (): [source: string, images: number][] =>
    Object.entries(now)
      .map(([source, images]): [string, number] => [source, images - toldOf(source, images)])
      .filter(([, images]) => images > 0)
      .sort(([, one], [, other]) => other - one)

  const tell = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    const losses = fresh()
    told = now
    if (losses.length === 0) return
    const named = losses.slice(0, MOST_NAMED).map(([source, images]) => `${source || 'no source'} ${images}`)
    const more = losses.length > MOST_NAMED ? `, and ${losses.length - MOST_NAMED} more` : ''
    node.log(`images given up by the queue: ${named.join(', ')}${more}`)
  }

  node.on('close', tell)
  return ({ droppedBySource }) => {
    now = droppedBySource
    if (timer === null && fresh().length > 0) timer = setTimeout(tell, APART_MS).unref()
  }
}
