import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { damaged } from './faults.ts'
import { sqlite } from './sqlite.ts'

/** Raise it with every change of the schema, and migrate from the older ones. */
const SCHEMA_VERSION = 1

/**
 * Payloads lie apart, as counting an attempt rewrites the row of an event. AUTOINCREMENT: a sequence number is never
 * given twice, not even after the newest row was deleted.
 */
const SCHEMA = `
  CREATE TABLE stream (
    name TEXT PRIMARY KEY, max_age_ms INTEGER NOT NULL,
    waiting INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
    dropped_full INTEGER NOT NULL DEFAULT 0, dropped_old INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, id TEXT NOT NULL, bytes INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, envelope TEXT NOT NULL,
    UNIQUE (stream, id)
  ) STRICT;
  CREATE INDEX event_order ON event (stream, sequence);
  CREATE INDEX event_age ON event (stream, accepted_at);
  CREATE TABLE payload (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TRIGGER event_added AFTER INSERT ON event BEGIN
    UPDATE stream SET waiting = waiting + 1, bytes = bytes + NEW.bytes WHERE name = NEW.stream;
  END;
  CREATE TRIGGER event_gone AFTER DELETE ON event BEGIN
    UPDATE stream SET waiting = waiting - 1, bytes = bytes - OLD.bytes WHERE name = OLD.stream;
    DELETE FROM payload WHERE sequence = OLD.sequence;
  END;
  CREATE TABLE result (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, acquisition_id INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL, overlay BLOB
  ) STRICT;
  CREATE INDEX result_order ON result (owner, sequence);
  CREATE TABLE state (owner TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
`

/** Pages between checkpoints, 1 MiB: what the log may take beside the file. SQLite's own 1000 is much for a small disk. */
const CHECKPOINT_PAGES = 256

/** The same in bytes: to it a log is cut again that one large transaction has blown up. */
const LOG_BYTES = CHECKPOINT_PAGES * 4096

/**
 * Opens the file for this process alone, and makes it where there is none. Everything that could change a file comes
 * after its version was read.
 * @throws whatever SQLite or the file system throws, and STORE_DAMAGED
 */
export const openDatabase = (file: string): DatabaseSync => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  makePrivate(file)
  const database = new (sqlite().DatabaseSync)(file)
  try {
    // Taken with the first read and held until the end; without shared memory, so that a network drive is safe, too.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    const version = versionOf(database, file)
    // Only a file without tables can still be told to note where each page is used.
    if (version === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${LOG_BYTES}`)
    database.exec('BEGIN IMMEDIATE')
    if (version === 0) database.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`)
    database.exec('COMMIT')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * After a long outage the file is large and mostly empty: gives to the disk what it does not use, and the log's room.
 * @param step pages that are given back at once; moving them may need as many in the log
 */
export const giveBackRoom = (database: DatabaseSync, step: number): void => {
  try {
    // The log first: shrinking the file is a transaction, too, and needs the room.
    database.exec(EMPTY_LOG)
    for (let unused = pragma(database, 'freelist_count'); unused > 0; ) {
      database.exec(`PRAGMA incremental_vacuum(${step}); ${EMPTY_LOG}`)
      const left = pragma(database, 'freelist_count')
      if (left === unused) break
      unused = left
    }
  } catch {
    // On a disk that is too full even for that, both stay as large as they are.
  }
}

const EMPTY_LOG = 'PRAGMA wal_checkpoint(TRUNCATE)'

/** Whether most of the file is unused. */
export const isMostlyEmpty = (database: DatabaseSync): boolean =>
  pragma(database, 'freelist_count') * 2 > pragma(database, 'page_count')

const pragma = (database: DatabaseSync, name: string): number =>
  Number(database.prepare(`PRAGMA ${name}`).get()?.[name])

/** 0 where the file is new. */
const versionOf = (database: DatabaseSync, file: string): number => {
  const version = pragma(database, 'user_version')
  const objects = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n)
  if (version === 0 && objects > 0) throw damaged(file, 'it is the database of another program')
  if (version !== 0 && version !== SCHEMA_VERSION)
    throw damaged(file, `its version is ${version}, expected ${SCHEMA_VERSION}`)
  return version
}

/**
 * Events show what a plant makes: for the owner alone. SQLite gives its log the same rights. A file that exists is never
 * opened here: closing it would take the lock from a connection of this process (fcntl(2), POSIX locks).
 */
const makePrivate = (file: string): void => {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    chmodSync(file, 0o600)
  }
}
