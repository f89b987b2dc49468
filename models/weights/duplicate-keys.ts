/** Strings, brackets and commas: all that matters once a text is known to be JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g

/**
 * The first key that an object of a JSON text has twice, at any depth; null where there is none. `JSON.parse` keeps the
 * last of two silently, so that two readers could see two different files.
 * @param json a text that `JSON.parse` takes
 */
export const duplicateKey = (json: string): string | null => {
  /** Keys so far of each object that is open; null for a list. */
  const open: (Set<string> | null)[] = []
  let keyExpected = false
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null)
    else if (token === '}' || token === ']') open.pop()
    const keys = open.at(-1) ?? null
    if (token.startsWith('"') && keyExpected && keys !== null) {
      const key = JSON.parse(token) as string
      if (keys.has(key)) return key
      keys.add(key)
    }
    keyExpected = token === '{' || (token === ',' && keys !== null)
  }
  return null
}
