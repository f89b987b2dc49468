/** `npm run docs`: writes docs/errors.md from errors/codes.ts. test/docs/errors.test.ts holds the two together. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES } from '../errors/index.ts'
import { root } from './tree.ts'

const PAGE = join(root, 'docs/errors.md')
const FIRST_GROUP = '\n## '

/** The first part of a code names the room that it comes from. */
const groupOf = (code: string): string => code.slice(0, code.indexOf('_'))

/** The part of docs/errors.md that is generated: one table a room. */
export const errorTables = (codes: Readonly<Record<string, string>>): string =>
  [...Map.groupBy(Object.entries(codes), ([code]) => groupOf(code))]
    .map(([group, entries]) => {
      const rows = entries.map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
      return [`${FIRST_GROUP}${group}`, '', '| code | meaning |', '| --- | --- |', ...rows, ''].join('\n')
    })
    .join('')

if (import.meta.main) {
  const page = readFileSync(PAGE, 'utf8')
  const introduction = page.includes(FIRST_GROUP) ? page.slice(0, page.indexOf(FIRST_GROUP)) : page
  writeFileSync(PAGE, introduction + errorTables(ERROR_CODES))
}
