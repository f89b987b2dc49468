/** Names by code point: each run names one character after the other from its first one on. */
const RUNS: readonly (readonly [first: number, names: string])[] = [
  [0x22, 'quot'],
  [0x26, 'amp apos'],
  [0x3c, 'lt'],
  [0x3e, 'gt'],
  [0x152, 'OElig oelig'],
  [0x160, 'Scaron scaron'],
  [0x178, 'Yuml'],
  [0x192, 'fnof'],
  [0x2c6, 'circ'],
  [0x2dc, 'tilde'],
  [0x391, 'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho'],
  [0x3a3, 'Sigma Tau Upsilon Phi Chi Psi Omega'],
  [0x3b1, 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho'],
  [0x3c2, 'sigmaf sigma tau upsilon phi chi psi omega'],
  [0x3d1, 'thetasym upsih'],
  [0x3d6, 'piv'],
  [0x2002, 'ensp emsp'],
  [0x2009, 'thinsp'],
  [0x200c, 'zwnj zwj lrm rlm'],
  [0x2013, 'ndash mdash'],
  [0x2018, 'lsquo rsquo sbquo'],
  [0x201c, 'ldquo rdquo bdquo'],
  [0x2020, 'dagger Dagger bull'],
  [0x2026, 'hellip'],
  [0x2030, 'permil'],
  [0x2032, 'prime Prime'],
  [0x2039, 'lsaquo rsaquo'],
  [0x203e, 'oline'],
  [0x2044, 'frasl'],
  [0x20ac, 'euro'],
  [0x2111, 'image'],
  [0x2118, 'weierp'],
  [0x211c, 'real'],
  [0x2122, 'trade'],
  [0x2135, 'alefsym'],
  [0x2190, 'larr uarr rarr darr harr'],
  [0x21b5, 'crarr'],
  [0x21d0, 'lArr uArr rArr dArr hArr'],
  [0x2200, 'forall'],
  [0x2202, 'part exist'],
  [0x2205, 'empty'],
  [0x2207, 'nabla isin notin'],
  [0x220b, 'ni'],
  [0x220f, 'prod'],
  [0x2211, 'sum minus'],
  [0x2217, 'lowast'],
  [0x221a, 'radic'],
  [0x221d, 'prop infin'],
  [0x2220, 'ang'],
  [0x2227, 'and or cap cup int'],
  [0x2234, 'there4'],
  [0x223c, 'sim'],
  [0x2245, 'cong'],
  [0x2248, 'asymp'],
  [0x2260, 'ne equiv'],
  [0x2264, 'le ge'],
  [0x2282, 'sub sup nsub'],
  [0x2286, 'sube supe'],
  [0x2295, 'oplus'],
  [0x2297, 'otimes'],
  [0x22a5, 'perp'],
  [0x22c5, 'sdot'],
  [0x2308, 'lceil rceil lfloor rfloor'],
  [0x27e8, 'lang rang'],
  [0x25ca, 'loz'],
  [0x2660, 'spades'],
  [0x2663, 'clubs'],
  [0x2665, 'hearts diams'],
]

/** Those that HTML also knows without a semicolon: Latin-1 whole, and a few more. */
const BARE_RUNS: typeof RUNS = [
  [0x22, 'quot'],
  [0x22, 'QUOT'],
  [0x26, 'amp'],
  [0x26, 'AMP'],
  [0x3c, 'lt'],
  [0x3c, 'LT'],
  [0x3e, 'gt'],
  [0x3e, 'GT'],
  [0xa9, 'COPY'],
  [0xae, 'REG'],
  [0xa0, 'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr'],
  [0xb0, 'deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest'],
  [0xc0, 'Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml'],
  [0xcc, 'Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times'],
  [0xd8, 'Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig'],
  [0xe0, 'agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml'],
  [0xec, 'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide'],
  [0xf8, 'oslash ugrave uacute ucirc uuml yacute thorn yuml'],
]

const byName = (runs: typeof RUNS): ReadonlyMap<string, string> =>
  new Map(
    runs.flatMap(([first, names]) =>
      names.split(' ').map((name, i) => [name, String.fromCodePoint(first + i)] as const),
    ),
  )

const BARE = byName(BARE_RUNS)
const NAMED = new Map([...byName(RUNS), ...BARE])

/** What the numbers 128 to 159 stand for: HTML reads them as windows-1252. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

const REFERENCE = /&(?:#([0-9]+);?|#[xX]([0-9a-fA-F]+);?|([^\t\n\f <&#;]{1,32})(;?))/g

/**
 * Replaces HTML's character references once: all numeric ones, and the named ones of HTML 4 with `apos` (the further two thousand
 * of HTML 5, such as `&nbump;`, are left as they stand). Source: HTML Living Standard §13.2.5.72 and on; as Python's `html.unescape`.
 */
export const unescapeHtml = (text: string): string =>
  text.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string, end?: string) => {
    if (decimal !== undefined) return numbered(Number.parseInt(decimal, 10))
    if (hex !== undefined) return numbered(Number.parseInt(hex, 16))
    return named(name!, end!) ?? whole
  })

const numbered = (code: number): string => {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252[code - 0x80]!
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return '\ufffd'
  return isNoCharacter(code) ? '' : String.fromCodePoint(code)
}

/** Control characters save white space, and Unicode's noncharacters. */
const isNoCharacter = (code: number): boolean =>
  (code < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(code)) ||
  code === 0x7f ||
  (code >= 0xfdd0 && code <= 0xfdef) ||
  (code & 0xfffe) === 0xfffe

const named = (name: string, end: string): string | null => {
  const exact = (end === ';' ? NAMED : BARE).get(name)
  if (exact !== undefined) return exact
  // `&notit;` is "¬it;": the longest bare name wins, and the rest of the text stays.
  for (let length = name.length; length > 1; length--) {
    const bare = BARE.get(name.slice(0, length))
    if (bare !== undefined) return bare + name.slice(length) + end
  }
  return null
}
