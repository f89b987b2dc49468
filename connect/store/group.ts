import type { DatabaseSync } from 'node:sqlite'
import { giveBackRoom } from './database.ts'
import { diskFull, faultOf, isDiskFull, isOfTheFile, storeError } from './faults.ts'
import type { CallName, Calls, Operations, Reply, Request } from './protocol.ts'
import type { Reserve } from './reserve.ts'

/** Calls that bring more into the file than they take out. */
const GROWING: ReadonlySet<CallName> = new Set<CallName>(['accept', 'addResult'])

/** Pages: a step fits in the room of the reserve several times. */
const STEP_WHEN_FULL = 64

/**
 * Runs all requests that wait in one transaction, so that they share one wait for the disk (group commit), and answers
 * only then. A request that fails takes back what it did itself, and nothing of the others.
 */
export const groupCommit =
  (database: DatabaseSync, operations: Operations, reserve: Reserve, file: string) =>
  (requests: readonly Request[]): readonly Reply[] => {
    const isGrowing = ({ name }: Request): boolean => GROWING.has(name)
    const refuse = (refused: readonly Request[], thrown: unknown): Reply[] => {
      const fault = faultOf(storeError(thrown, file))
      return refused.map(({ call }) => ({ call, fault }))
    }

    const inOneTransaction = (group: readonly Request[]): Reply[] => {
      if (group.length === 0) return []
      try {
        database.exec('BEGIN')
        const replies = group.map((request) => alone(request))
        database.exec('COMMIT')
        return replies
      } catch (error) {
        rollBack(database)
        throw error
      }
    }

    const alone = (request: Request): Reply => {
      database.exec('SAVEPOINT request')
      try {
        const answer = perform(operations, request)
        database.exec('RELEASE request')
        return { call: request.call, answer }
      } catch (error) {
        if (isOfTheFile(error)) throw error
        database.exec('ROLLBACK TO request; RELEASE request')
        return { call: request.call, fault: faultOf(storeError(error, file)) }
      }
    }

    const orRefused = (group: readonly Request[]): Reply[] => {
      try {
        return inOneTransaction(group)
      } catch (error) {
        return refuse(group, error)
      }
    }

    /** What takes out goes on, in the room of the reserve; what comes in has to find room without it. */
    const onFullDisk = (group: readonly Request[], thrown: unknown): Reply[] => {
      reserve.release()
      const others = orRefused(group.filter((request) => !isGrowing(request)))
      const growing = group.filter(isGrowing)
      if (growing.length === 0) return others
      giveBackRoom(database, STEP_WHEN_FULL)
      const grown = reserve.ensure() ? orRefused(growing) : refuse(growing, thrown)
      if (grown.some((reply) => 'fault' in reply && reply.fault.code === 'STORE_FULL')) reserve.release()
      return [...others, ...grown]
    }

    if (requests.some(isGrowing) && !reserve.ensure()) return onFullDisk(requests, diskFull(file))
    try {
      return inOneTransaction(requests)
    } catch (error) {
      return isDiskFull(error) ? onFullDisk(requests, error) : refuse(requests, error)
    }
  }

const perform = <N extends CallName>(
  operations: Operations,
  { name, args }: Request<N>,
): Calls[N]['answer'] => operations[name](args)

/** After some failures SQLite has rolled back by itself (sqlite.org/lang_transaction.html), and says so with an error. */
const rollBack = (database: DatabaseSync): void => {
  try {
    database.exec('ROLLBACK')
  } catch {
    // Nothing was left to roll back.
  }
}
