import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { type NodeRedOptions, startNodeRed } from '../../demo/node-red.ts'
import { type Editor, openEditor, startBrowser } from './browser.ts'

/** A Node-RED without a flow, and a browser that shows its editor. */
export interface Editors {
  readonly url: string
  /** Removed with it. */
  readonly folder: string
  /** The tab of a language, with what has been deployed. To load it takes longer than any dialog: once is enough. */
  open(language: string): Promise<Editor>
  /** The same, with nothing in the flow but a new node of a type, and its dialog open. */
  dropped(type: string, language: string): Promise<{ opened: Editor; form: Locator }>
  /** After each test: leaves its dialogs. After one that has failed the next begins with a tab of its own. */
  endTest(test: Mocha.Test | undefined): Promise<void>
  stop(): Promise<void>
}

/** Node-RED shows its tips one second after a page begins to load; where that takes longer, it fails over them. */
const NO_TIPS = { view: { 'view-show-tips': false } }

export const startEditors = async (options: Pick<NodeRedOptions, 'env' | 'onLog'> = {}): Promise<Editors> => {
  await using ending = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'editor-'))
  ending.defer(() => rm(folder, { recursive: true, force: true }))
  const userDir = join(folder, 'userDir')
  await mkdir(userDir)
  await writeFile(join(userDir, '.config.users.json'), JSON.stringify({ _: { editor: NO_TIPS } }))
  const flow = join(folder, 'empty.json')
  await writeFile(flow, '[]')
  const nodeRed = await startNodeRed({ ...options, userDir, flow })
  ending.defer(() => nodeRed.stop())
  const browser = await startBrowser()
  ending.defer(() => browser.close())
  const tabs = new Map<string, Editor>()
  const open = async (language: string): Promise<Editor> => {
    const editor = tabs.get(language) ?? (await openEditor(browser, nodeRed.url, language))
    tabs.set(language, editor)
    return editor
  }
  const started = ending.move()
  return {
    url: nodeRed.url,
    folder,
    open,
    dropped: async (type, language) => {
      const opened = await open(language)
      await opened.clear()
      await opened.drop(type, 300, 200)
      await (await opened.node(type)).waitFor()
      return { opened, form: await opened.open(type) }
    },
    endTest: async (test) => {
      for (const [language, tab] of tabs) {
        if (test?.state !== 'failed') {
          await tab.cancelAll()
          tab.problems.length = 0
          continue
        }
        tabs.delete(language)
        await tab.screenshot(`failed, ${test.title}`)
        await tab.page.context().close()
      }
    },
    stop: () => started.disposeAsync(),
  }
}
