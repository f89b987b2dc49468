import { codedError } from '../../errors/index.ts'
import { unescapeHtml } from './html-entities.ts'
import { type Vocabulary, vocabulary, WORD_END } from './vocabulary.ts'

const START_TOKEN = 49406
const END_TOKEN = 49407

/** Tokens that CLIP's text tower reads, start and end included. */
const CONTEXT_LENGTH = 77

const MARKS: ReadonlyMap<string, number> = new Map([
  ['<|startoftext|>', START_TOKEN],
  ['<|endoftext|>', END_TOKEN],
])

/** Marks, English endings, runs of letters, single digits, runs of anything else. ſ (long s) counts as s where case does not. */
const WORD =
  /<\|startoftext\|>|<\|endoftext\|>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu

/** Other than `\s`: with U+0085, without U+FEFF. */
const BLANKS = /\p{White_Space}+/gu

/**
 * Token ids of a text as CLIP's own tokenizer gives them, start and end included, not padded. HTML references are resolved twice (`unescapeHtml`
 * says which), blanks collapsed, letters lowered. The reference's repair of wrongly decoded text (ftfy) is left out.
 * @example tokenize('a photo') // [49406, 320, 1125, 49407]
 * @throws TEXT_TOO_LONG above 77 tokens, TEXT_VOCABULARY
 */
export const tokenize = (text: string): number[] => {
  const words = vocabulary()
  const clean = unescapeHtml(unescapeHtml(text)).replace(BLANKS, ' ').replace(/^ | $/g, '').toLowerCase()
  // Merging takes time with the square of a word's length: what cannot fit is not begun.
  const room = CONTEXT_LENGTH - 2
  if (clean.length > room * (words.longest + 1)) throw tooLong(clean, `${clean.length} characters`)
  const ids = (clean.match(WORD) ?? []).flatMap((word) => MARKS.get(word) ?? wordIds(word, words))
  if (ids.length > room) throw tooLong(clean, `${ids.length + 2} tokens with start and end`)
  return [START_TOKEN, ...ids, END_TOKEN]
}

const tooLong = (text: string, found: string) =>
  codedError(
    'TEXT_TOO_LONG',
    `the text "${text.slice(0, 40)}…" has ${found}; CLIP reads ${CONTEXT_LENGTH} tokens. Shorten it.`,
  )

const wordIds = (word: string, { ids, ranks, characters }: Vocabulary): number[] => {
  const bytes = [...Buffer.from(word, 'utf8')].map((byte) => characters[byte]!)
  bytes[bytes.length - 1] += WORD_END
  return mergePieces(bytes, ranks).map((piece) => ids.get(piece)!)
}

/** Byte-pair encoding: joins the neighbours of lowest rank, everywhere, until no pair has a rank. Source: Sennrich et al. 2016. */
const mergePieces = (bytes: readonly string[], ranks: ReadonlyMap<string, number>): readonly string[] => {
  let pieces = bytes
  for (;;) {
    const best = bestPair(pieces, ranks)
    if (best === null) return pieces
    pieces = joinEverywhere(pieces, best)
  }
}

type Pair = readonly [left: string, right: string]

const bestPair = (pieces: readonly string[], ranks: ReadonlyMap<string, number>): Pair | null => {
  let best: Pair | null = null
  let lowest = Number.POSITIVE_INFINITY
  for (let i = 0; i + 1 < pieces.length; i++) {
    const rank = ranks.get(`${pieces[i]} ${pieces[i + 1]}`)
    if (rank === undefined || rank >= lowest) continue
    lowest = rank
    best = [pieces[i]!, pieces[i + 1]!]
  }
  return best
}

const joinEverywhere = (pieces: readonly string[], [left, right]: Pair): readonly string[] => {
  const joined: string[] = []
  for (let i = 0; i < pieces.length; i++) {
    const isPair = pieces[i] === left && pieces[i + 1] === right
    joined.push(isPair ? left + right : pieces[i]!)
    if (isPair) i++
  }
  return joined
}
