import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Operations } from './protocol.ts'
import type { LoggedResult } from './types.ts'

/** The results' part of the file. Every operation runs inside a transaction of the caller's. */
export const resultOperations = (
  database: DatabaseSync,
): Pick<
  Operations,
  'addResult' | 'acknowledgeResult' | 'waitingResults' | 'newestResults' | 'readState' | 'writeState'
> => {
  const sql = {
    add: database.prepare('INSERT INTO result (owner, acquisition_id, body, overlay) VALUES (?, ?, ?, ?)'),
    acknowledge: database.prepare('UPDATE result SET acknowledged = 1 WHERE owner = ? AND sequence = ?'),
    // What a PLC has not yet taken is never trimmed.
    trim: database.prepare(
      `DELETE FROM result WHERE owner = ? AND acknowledged = 1 AND sequence NOT IN
       (SELECT sequence FROM result WHERE owner = ? ORDER BY sequence DESC LIMIT ?)`,
    ),
    waiting: database.prepare('SELECT * FROM result WHERE owner = ? AND acknowledged = 0 ORDER BY sequence'),
    // Without their overlays: a thousand of them are more than a small box has of memory.
    newest: database.prepare(
      'SELECT sequence, acquisition_id, body, NULL AS overlay, acknowledged FROM result WHERE owner = ? ORDER BY sequence DESC LIMIT ?',
    ),
    readState: database.prepare('SELECT body FROM state WHERE owner = ?'),
    writeState: database.prepare(
      'INSERT INTO state (owner, body) VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET body = excluded.body',
    ),
  }
  return {
    addResult: ({ owner, kept, acquisitionId, body, overlay }) => {
      const { lastInsertRowid } = sql.add.run(owner, acquisitionId, body, overlay)
      sql.trim.run(owner, owner, kept)
      return Number(lastInsertRowid)
    },
    acknowledgeResult: ({ owner, kept, sequence }) => {
      sql.acknowledge.run(owner, sequence)
      sql.trim.run(owner, owner, kept)
      return null
    },
    waitingResults: ({ owner }) => sql.waiting.all(owner).map(resultOf),
    newestResults: ({ owner, kept }) => sql.newest.all(owner, kept).map(resultOf),
    readState: ({ owner }) => {
      const row = sql.readState.get(owner)
      return row === undefined ? null : String(row.body)
    },
    writeState: ({ owner, state }) => {
      sql.writeState.run(owner, state)
      return null
    },
  }
}

const resultOf = (row: Record<string, SQLOutputValue>): LoggedResult => ({
  sequence: Number(row.sequence),
  acquisitionId: Number(row.acquisition_id),
  body: String(row.body),
  overlay: row.overlay as Uint8Array | null,
  acknowledged: row.acknowledged === 1,
})
