import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { filesIn, root } from '../../tools/tree.ts'

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'models/nano/README.md',
  ...filesIn('docs').filter((path) => path.endsWith('.md')),
]

/** What Markdown takes as text; code is no place for links and headings. */
const proseOf = (page: string): string =>
  readFileSync(join(root, page), 'utf8')
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/^ {4}.*$/gm, '')

/** Targets of `[text](target)` and `![text](target)`, in the order of the page. */
const linksOf = (page: string): string[] =>
  [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')

/** As GitHub makes them: lower case, spaces become hyphens, what is neither letter, digit, hyphen nor underscore goes. */
const anchorsOf = (page: string): string[] =>
  [...proseOf(page).matchAll(/^#+ +(.+?) *$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** What is wrong with a link on a page, or null. */
const faultOf = (page: string, target: string): string | null => {
  if (/^[a-z]+:/.test(target)) return null
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(join(root, file))) return `${page}: ${target} is not there`
  if (anchor === undefined || anchorsOf(file).includes(anchor)) return null
  return `${page}: ${target} names no heading of ${file}`
}

/** Every file that docs/README.md leads to, as often as it does; anchors do not count. */
const listed = linksOf('docs/README.md').map((target) => normalize(join('docs', target.split('#')[0] ?? '')))

describe('the documentation', () => {
  for (const page of PAGES)
    it(`${page}: every link leads to a file and a heading`, () =>
      assert.deepEqual(
        linksOf(page)
          .map((target) => faultOf(page, target))
          .filter((fault) => fault !== null),
        [],
      ))

  it('a link to a missing file or heading would be found', () => {
    assert.notEqual(faultOf('docs/README.md', 'nowhere.md'), null)
    assert.notEqual(faultOf('docs/README.md', 'install.md#nowhere'), null)
    assert.notEqual(faultOf('docs/install.md', '#nowhere'), null)
    assert.equal(faultOf('docs/README.md', '../README.md#try-it'), null)
  })

  it('its index lists every page, and every example once', () => {
    const pages = filesIn('docs').filter((path) => !/^docs\/(README\.md|images\/|decisions\/)/.test(path))
    for (const page of pages) assert.ok(listed.includes(page), page)
    for (const example of filesIn('examples'))
      assert.equal(listed.filter((path) => path === example).length, 1, example)
  })
})
