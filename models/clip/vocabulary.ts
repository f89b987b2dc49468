import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { codedError, messageOf } from '../../errors/index.ts'

/** OpenAI's merge table, as published with CLIP (MIT, `LICENSE-openai-clip`). */
const TABLE = fileURLToPath(new URL('./bpe_simple_vocab_16e6.txt.gz', import.meta.url))
const TABLE_SHA256 = '924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a'

/** The table has more merges than CLIP was trained with: its vocabulary of 49,152 less the bytes, twice, and two marks. */
const MERGES = 49_152 - 256 - 2

/** Marks the last piece of a word. */
export const WORD_END = '</w>'

export interface Vocabulary {
  /** Id of each piece of a word. */
  readonly ids: ReadonlyMap<string, number>
  /** Rank of each merge, by its two pieces with a blank between: the lower one is done first. */
  readonly ranks: ReadonlyMap<string, number>
  /** The printable character that stands for each byte. */
  readonly characters: readonly string[]
  /** Length of the longest piece, in bytes. */
  readonly longest: number
}

/** Bytes that are printable in Latin-1 stand for themselves. */
const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae

/** In the order of their ids: the printable bytes first, then the others, which stand as characters from U+0100 on. */
const byteCharacters = (): ReadonlyMap<number, string> => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const others = bytes.filter((byte) => !isPrintable(byte))
  return new Map([
    ...bytes.filter(isPrintable).map((byte) => [byte, String.fromCharCode(byte)] as const),
    ...others.map((byte, i) => [byte, String.fromCharCode(256 + i)] as const),
  ])
}

/**
 * The merges of a table file, in the order of their rank.
 * @throws TEXT_VOCABULARY where it is not the published table
 */
export const readMerges = (table: string): readonly string[] => {
  let packed: Buffer
  try {
    packed = readFileSync(table)
  } catch (cause) {
    throw codedError(
      'TEXT_VOCABULARY',
      `${table} cannot be read: ${messageOf(cause)}. Install the package again.`,
      {
        cause,
      },
    )
  }
  const sha256 = createHash('sha256').update(packed).digest('hex')
  if (sha256 !== TABLE_SHA256)
    throw codedError(
      'TEXT_VOCABULARY',
      `${table} has sha256 ${sha256}, expected ${TABLE_SHA256}. Install the package again.`,
    )
  // Behind a line of header.
  const lines = gunzipSync(packed).toString('utf8').split('\n')
  return lines.slice(1, 1 + MERGES)
}

const load = (): Vocabulary => {
  const bytes = byteCharacters()
  const merges = readMerges(TABLE)
  const singles = [...bytes.values()]
  const pieces = [
    ...singles,
    ...singles.map((character) => character + WORD_END),
    ...merges.map((merge) => merge.replace(' ', '')),
  ]
  return {
    ids: new Map(pieces.map((piece, id) => [piece, id])),
    ranks: new Map(merges.map((merge, rank) => [merge, rank])),
    characters: Array.from({ length: 256 }, (_, byte) => bytes.get(byte)!),
    longest: Math.max(...pieces.map((piece) => piece.replace(WORD_END, '').length)),
  }
}

let loaded: Vocabulary | undefined

/**
 * CLIP's vocabulary, read once, when first asked for.
 * @throws TEXT_VOCABULARY
 */
export const vocabulary = (): Vocabulary => {
  loaded ??= load()
  return loaded
}
