/**
 * A word of a command that somebody copies into a POSIX shell: in single quotes, within which nothing has a meaning (POSIX.1-2024, Shell
 * Command Language, 2.2.2), unless it has letters, digits and the like alone.
 * @example shellWord("it's $5") // 'it'\''s $5'
 */
export const shellWord = (text: string): string =>
  /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
