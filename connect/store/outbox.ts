import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { codedError } from '../../errors/index.ts'
import type { Operations } from './protocol.ts'
import type { OutboxCounts, StoredMessage } from './types.ts'

type Row = Record<string, SQLOutputValue>

/** 2020-01-01. What was accepted before came in while the box did not know the time: its age says nothing. */
const CLOCK_WAS_SET = Date.UTC(2020, 0, 1)

/** No integer of SQLite is larger than JavaScript counts. */
const asInteger = (limit: number): number =>
  Math.trunc(Math.max(-Number.MAX_SAFE_INTEGER, Math.min(limit, Number.MAX_SAFE_INTEGER)))

/** The outbox's part of the file. Every operation runs inside a transaction of the caller's. */
export const outboxOperations = (
  database: DatabaseSync,
): Pick<Operations, 'openOutbox' | 'accept' | 'take' | 'forget' | 'setClock' | 'streams'> => {
  const sql = {
    open: database.prepare(
      'INSERT INTO stream (name, max_age_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET max_age_ms = excluded.max_age_ms WHERE max_age_ms <> excluded.max_age_ms',
    ),
    counts: database.prepare('SELECT waiting, bytes, dropped_full, dropped_old FROM stream WHERE name = ?'),
    find: database.prepare('SELECT 1 FROM event WHERE stream = ? AND id = ?'),
    add: database.prepare(
      'INSERT INTO event (stream, id, bytes, accepted_at, envelope) VALUES (?, ?, ?, ?, ?)',
    ),
    // Node.js 22.13 hands over no bytes as NULL.
    addPayload: database.prepare("INSERT INTO payload (sequence, body) VALUES (?, coalesce(?, x''))"),
    dropOldest: database.prepare(
      'DELETE FROM event WHERE sequence = (SELECT min(sequence) FROM event WHERE stream = ?)',
    ),
    countFull: database.prepare('UPDATE stream SET dropped_full = dropped_full + 1 WHERE name = ?'),
    dropOld: database.prepare('DELETE FROM event WHERE stream = ? AND accepted_at >= ? AND accepted_at < ?'),
    countOld: database.prepare('UPDATE stream SET dropped_old = dropped_old + ? WHERE name = ?'),
    // Added up before payloads are read: a page of images would be more than a small box has.
    next: database.prepare(
      `SELECT sequence, id, envelope, accepted_at, attempts, body FROM (
         SELECT *, sum(bytes) OVER (ORDER BY sequence) - bytes AS before FROM (
           SELECT * FROM event WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?
         )
       ) JOIN payload USING (sequence) WHERE before < ? ORDER BY sequence`,
    ),
    attempt: database.prepare('UPDATE event SET attempts = attempts + 1 WHERE sequence = ?'),
    forget: database.prepare('DELETE FROM event WHERE sequence = ? AND stream = ?'),
    setForward: database.prepare('UPDATE event SET accepted_at = accepted_at + ? WHERE accepted_at <= ?'),
    setBack: database.prepare('UPDATE event SET accepted_at = accepted_at + ? WHERE accepted_at > ?'),
    streams: database.prepare('SELECT * FROM stream ORDER BY name'),
  }

  const counts = (stream: string): OutboxCounts => countsOf(sql.counts.get(stream) ?? {})

  const dropOld = (stream: string, maxAgeMs: number, now: number): void => {
    const { changes } = sql.dropOld.run(stream, CLOCK_WAS_SET, asInteger(now - maxAgeMs))
    if (Number(changes) > 0) sql.countOld.run(changes, stream)
  }

  return {
    openOutbox: ({ stream, maxAgeMs, now }) => {
      sql.open.run(stream, asInteger(maxAgeMs))
      dropOld(stream, maxAgeMs, now)
      return counts(stream)
    },

    accept: ({ stream, maxBytes, maxAgeMs, now, id, envelope, payload }) => {
      dropOld(stream, maxAgeMs, now)
      if (sql.find.get(stream, id) !== undefined) return counts(stream)
      const bytes = payload.byteLength + Buffer.byteLength(envelope) + Buffer.byteLength(id)
      if (bytes > maxBytes)
        throw codedError(
          'STORE_TOO_LARGE',
          `a message of ${bytes} bytes does not fit in an outbox of ${maxBytes} bytes. Make the outbox larger or send less, such as no image.`,
        )
      const { lastInsertRowid } = sql.add.run(stream, id, bytes, now, envelope)
      sql.addPayload.run(lastInsertRowid, payload)
      while (counts(stream).bytes > maxBytes) {
        sql.dropOldest.run(stream)
        sql.countFull.run(stream)
      }
      return counts(stream)
    },

    take: ({ stream, maxAgeMs, now, after, count, bytes }) => {
      dropOld(stream, maxAgeMs, now)
      const messages = sql.next.all(stream, after, count, bytes).map(messageOf)
      for (const { sequence } of messages) sql.attempt.run(sequence)
      return { messages, counts: counts(stream) }
    },

    forget: ({ stream, sequences }) => {
      for (const sequence of sequences) sql.forget.run(sequence, stream)
      return counts(stream)
    },

    // What bears a time that the clock had not reached came in before a restart, under another one.
    setClock: ({ now, set }) => {
      if (set > 0) sql.setForward.run(set, now - set)
      else sql.setBack.run(set, now)
      return null
    },

    streams: ({ now }) => {
      for (const { name, max_age_ms } of sql.streams.all()) dropOld(String(name), Number(max_age_ms), now)
      return sql.streams.all().map((row) => ({ stream: String(row.name), ...countsOf(row) }))
    },
  }
}

const countsOf = (row: Row): OutboxCounts => ({
  waiting: Number(row.waiting),
  bytes: Number(row.bytes),
  droppedFull: Number(row.dropped_full),
  droppedOld: Number(row.dropped_old),
})

const messageOf = (row: Row): StoredMessage => ({
  sequence: Number(row.sequence),
  id: String(row.id),
  envelope: String(row.envelope),
  payload: row.body as Uint8Array,
  acceptedAt: Number(row.accepted_at),
  attempts: Number(row.attempts),
})
