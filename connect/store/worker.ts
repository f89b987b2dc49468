/** The store's thread: it alone touches the file, so that a slow disk stops nobody but it. */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { giveBackRoom, isMostlyEmpty, openDatabase } from './database.ts'
import { faultOf, storeError } from './faults.ts'
import { groupCommit } from './group.ts'
import { outboxOperations } from './outbox.ts'
import { CLOSE, type Opening, type Reply, type Request, type ThreadSettings } from './protocol.ts'
import { reserveBeside } from './reserve.ts'
import { resultOperations } from './results.ts'

/** Of one transaction: keeps memory and the wait of the first within bounds. */
const MOST_IN_A_GROUP = 256

/** Pages, 32 MiB: the disk has room, and few steps are soon done. */
const STEP_WHEN_OPENED = 8192

const { file, now } = workerData as ThreadSettings

const open = () => {
  const database = openDatabase(file)
  try {
    const operations = { ...outboxOperations(database), ...resultOperations(database) }
    // Streams of nodes that were removed: nobody else drops what grows old in them.
    operations.streams({ now })
    if (isMostlyEmpty(database)) giveBackRoom(database, STEP_WHEN_OPENED)
    const reserve = reserveBeside(file)
    reserve.ensure()
    return { database, commit: groupCommit(database, operations, reserve, file) }
  } catch (error) {
    database.close()
    throw error
  }
}

const serve = (port: MessagePort): void => {
  const say = (opening: Opening): void => port.postMessage(opening)
  let store: ReturnType<typeof open>
  try {
    store = open()
  } catch (error) {
    say({ opened: false, fault: faultOf(storeError(error, file)) })
    port.close()
    return
  }
  port.on('message', (first: Request | typeof CLOSE) => {
    const group: Request[] = []
    let message: Request | typeof CLOSE | undefined = first
    for (; message !== undefined && message !== CLOSE; message = next(port)) {
      group.push(message)
      if (group.length === MOST_IN_A_GROUP) break
    }
    for (const reply of store.commit(group)) port.postMessage(reply, buffersOf(reply))
    if (message !== CLOSE) return
    store.database.close()
    port.close()
  })
  say({ opened: true })
}

/** Moved, not copied: on the other side a copy would hold up everything else. */
const buffersOf = (reply: Reply): ArrayBuffer[] =>
  'answer' in reply && reply.answer !== null && typeof reply.answer === 'object' && 'messages' in reply.answer
    ? reply.answer.messages.map(({ payload }) => payload.buffer as ArrayBuffer)
    : []

/** What has come in while the last group was written. */
const next = (port: MessagePort): Request | typeof CLOSE | undefined =>
  (receiveMessageOnPort(port) as { message: Request | typeof CLOSE } | undefined)?.message

if (parentPort !== null) serve(parentPort)
