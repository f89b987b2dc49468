import type { DataValue, NodeId } from 'node-opcua'
import { codedError, isCodedError } from '../../../errors/index.ts'
import { withinLimit } from '../client/limit.ts'
import type { Connection } from '../client/types.ts'
import { nodeIdFrom } from '../node-id.ts'
import { type Announced, type Announcer, changeAnnouncer, triggerAnnouncer } from './announcer.ts'
import { readFile } from './file.ts'
import type { ImageRead, ReadContext } from './read.ts'
import { isAfter, type Numbered, numberedFrom } from './sequence.ts'
import { takeTurns } from './turns.ts'
import type { ImageHandlers, ImageSettings, ImageSource, OpcUaImage } from './types.ts'
import { readVariable } from './variable.ts'
import { keyOf, watchFile } from './watch.ts'

/** What a source takes from outside besides its settings. */
export interface ImageEnvironment {
  readonly now?: () => Date
}

/**
 * Opens a source of images on a connection: it is told of new ones, reads one at a time and the newest first, and counts
 * what was lost on the way. It lives through reconnects.
 * @throws OPCUA_NODE_ID
 */
export const openImageSource = (
  connection: Connection,
  settings: ImageSettings,
  { onImage, onError, onCounts }: ImageHandlers,
  { now = () => new Date() }: ImageEnvironment = {},
): ImageSource => {
  const { source, mode, maxBytes, maxFileBytes, atStart } = settings
  const nodeId = nodeIdFrom(settings.nodeId, 'the image')
  const rule = settings.trigger?.rule ?? 'change'
  const triggerId = mode === 'triggered' ? nodeIdFrom(settings.trigger?.nodeId ?? '', 'the trigger') : null
  const announcer: Announcer = triggerId
    ? triggerAnnouncer(rule, atStart)
    : changeAnnouncer(keyOf(source), atStart)
  const counts = { images: 0, errors: 0, skipped: 0, missed: 0 }
  const closing = new AbortController()
  const context: ReadContext = { connection, signal: closing.signal, now }
  // The state of a Boolean says nothing about which image it is.
  const besideId = rule === 'rising' ? null : triggerId

  const read = (): Promise<ImageRead> =>
    source === 'file'
      ? readFile(context, { nodeId, maxBytes: maxFileBytes, trigger: besideId })
      : readVariable(context, { nodeId, maxBytes, trigger: besideId })

  const turns = takeTurns<Announced, OpcUaImage>((announced) =>
    announced === null ? readAsked() : readAnnounced(announced),
  )

  const readAsked = async (): Promise<OpcUaImage> => {
    try {
      const found = await read()
      counts.images++
      return asImage(found, found.trigger && numberedFrom(found.trigger))
    } catch (thrown) {
      counts.errors++
      throw thrown
    } finally {
      tell()
    }
  }

  const readAnnounced = async (announced: Announced): Promise<OpcUaImage> => {
    try {
      const found = await read()
      const trigger = found.trigger && numberedFrom(found.trigger)
      if (trigger && announced.trigger) catchUp(announced.trigger, trigger)
      counts.images++
      const image = asImage(found, trigger ?? announced.trigger)
      if (!closing.signal.aborted) onImage(image)
      return image
    } catch (thrown) {
      if (closing.signal.aborted) throw thrown
      if (comesBack(thrown, announced)) {
        turns.drop()
        announced.undo()
      } else {
        counts.errors++
        onError(asError(thrown), announced.trigger?.shown ?? null)
      }
      throw thrown
    } finally {
      tell()
    }
  }

  let lostWith: string | null = null
  /**
   * Without a session the image is only late: the next one says its value anew, and what is still there is read then. An image that
   * has ended two sessions is not tried a third time.
   */
  const comesBack = (thrown: unknown, { key }: Announced): boolean => {
    if (isCodedError(thrown, 'OPCUA_OFFLINE')) return true
    if (!isCodedError(thrown, 'OPCUA_CONNECTION_LOST') || lostWith === key) return false
    lostWith = key
    return true
  }

  /** The camera was faster than the announcement: the image that was read is a later one. */
  const catchUp = (announced: Numbered, found: Numbered): void => {
    if (announced.shown === found.shown || !isAfter(announced, found)) return
    const waiting = turns.waiting()?.trigger ?? null
    // Its own number was pushed out and counted when a newer one came; the one announced takes that place in the count.
    if (waiting && isAfter(found, waiting)) return
    counts.skipped++
    if (waiting) {
      turns.drop()
      if (isAfter(waiting, found)) counts.skipped++
    }
    counts.missed += announcer.skipTo(found)
  }

  const asImage = ({ image }: ImageRead, trigger: Numbered | null): OpcUaImage => ({
    ...image,
    nodeId: settings.nodeId,
    sequence: trigger?.shown ?? null,
  })

  const tell = (): void => {
    if (!closing.signal.aborted) onCounts?.({ ...counts })
  }

  /** A variable that cannot be used says so with every value; once is enough. */
  let lastFault = ''
  const fault = (error: Error): void => {
    if (closing.signal.aborted || error.message === lastFault) return
    lastFault = error.message
    counts.errors++
    onError(error, null)
    tell()
  }
  const onChange = (value: DataValue): void => {
    if (closing.signal.aborted) return
    try {
      const announced = announcer.look(value)
      lastFault = ''
      if (announced === null) return
      counts.missed += announced.missed
      if (turns.announce(announced) !== null) counts.skipped++
      if (announced.missed > 0) tell()
    } catch (thrown) {
      fault(asError(thrown))
    }
  }
  const watched = (of: NodeId | string, announce: 'value' | 'timestamp') => ({
    nodeId: String(of),
    samplingMs: settings.samplingMs,
    queueSize: QUEUE_SIZE,
    announce,
    onChange,
    onRefused: fault,
  })
  const unwatch =
    mode === 'asked'
      ? () => {}
      : triggerId !== null
        ? connection.watch([watched(triggerId, 'value')], settings.publishingMs)
        : source === 'variable'
          ? connection.watch([watched(nodeId, 'timestamp')], settings.publishingMs)
          : watchFile(
              connection,
              nodeId,
              (of) => connection.watch([watched(of, 'value')], settings.publishingMs),
              fault,
            )

  return {
    readNow: () => turns.ask(),
    counts: () => ({ ...counts }),
    close: async () => {
      if (closing.signal.aborted) return
      unwatch()
      const reason = codedError('OPCUA_OFFLINE', 'the image was not read: its node is being closed.')
      closing.abort(reason)
      // A server that has gone silent is not waited for: what hangs there ends with the connection.
      await withinLimit(turns.close(reason), CLOSE_LIMIT_MS, () => reason).catch(() => {})
    },
  }
}

/** Enough for a chunk of a file and its Close. */
const CLOSE_LIMIT_MS = 2_000

/** Numbers of a trigger between two publishings; what goes beyond shows as a gap. */
const QUEUE_SIZE = 100

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
