import type { DatabaseSync } from 'node:sqlite'
import { isCodedError } from '../../errors/index.ts'
import { diskFull, faultOf, isDiskFull, storeError } from './faults.ts'
import type { CallName, Calls, Operations, Reply, Request } from './protocol.ts'
import type { Reserve } from './reserve.ts'

/** Calls that bring more into the file than they take out. */
const GROWING: ReadonlySet<CallName> = new Set<CallName>(['accept', 'addResult'])

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
        // Anything else is trouble with the file: the whole transaction is in doubt.
        if (!isCodedError(error)) throw error
        database.exec('ROLLBACK TO request; RELEASE request')
        return { call: request.call, fault: faultOf(error) }
      }
    }

    /** Nothing comes in, but what takes out goes on, in the room of the reserve. */
    const onFullDisk = (group: readonly Request[], thrown: unknown): Reply[] => {
      reserve.release()
      const others = group.filter((request) => !isGrowing(request))
      const refused = refuse(group.filter(isGrowing), thrown)
      try {
        return [...refused, ...inOneTransaction(others)]
      } catch (error) {
        return [...refused, ...refuse(others, error)]
      }
    }

    return (() => {
      if (requests.some(isGrowing) && !hasRoom(database, reserve)) return onFullDisk(requests, diskFull(file))
      try {
        return inOneTransaction(requests)
      } catch (error) {
        return isDiskFull(error) ? onFullDisk(requests, error) : refuse(requests, error)
      }
    })()
  }

const perform = <N extends CallName>(
  operations: Operations,
  { name, args }: Request<N>,
): Calls[N]['answer'] => operations[name](args)

/** Where the reserve is gone, what the log holds may have to go into the file first. */
const hasRoom = (database: DatabaseSync, reserve: Reserve): boolean => {
  if (reserve.ensure()) return true
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // Then there is no room, as the next line finds.
  }
  return reserve.ensure()
}

/** After some failures SQLite has rolled back by itself (sqlite.org/lang_transaction.html), and says so with an error. */
const rollBack = (database: DatabaseSync): void => {
  try {
    database.exec('ROLLBACK')
  } catch {
    // Nothing was left to roll back.
  }
}
