import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** Quiet, so that whatever leaves for elsewhere is the editor's doing. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Skips, visibly, where Debian's Chromium is not installed. */
export const needChromium = (context: Mocha.Context): void => {
  if (!existsSync(CHROMIUM)) context.skip()
}

/** With a profile of its own, which goes with it. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: 90_000 })

/** Node-RED's editor in one tab of the browser, used as a person would: by mouse and keyboard. */
export interface Editor {
  readonly page: Page
  /** Errors on the console, errors of scripts, failed requests and requests to elsewhere; of this test. */
  readonly problems: string[]
  /** From the palette to a place on the canvas, in pixels. */
  drop(type: string, x: number, y: number): Promise<void>
  /** The only node of a type in the flow that is shown. */
  node(type: string): Promise<Locator>
  /** Double-clicks a node; gives the form of its dialog. */
  open(type: string): Promise<Locator>
  /** Presses Done (Add, Update) in the dialog on top and waits until it is closed. */
  done(): Promise<void>
  /** Presses Cancel in every dialog that is open. */
  cancelAll(): Promise<void>
  /** Deletes every node of the flow that is shown. */
  clear(): Promise<void>
  /** Draws a wire from an output (0 = the upper one) to an input. */
  wire(from: string, output: number, to: string): Promise<void>
  /** By the menu's import dialog. */
  importFlow(json: string): Promise<void>
  /** Presses Deploy and waits until Node-RED has taken the flows. */
  deploy(): Promise<void>
  /** Into the folder that EDITOR_SCREENSHOTS names, for people to look at. */
  screenshot(name: string): Promise<void>
}

/** Opens the editor in a language; Node-RED takes it from the browser. */
export const openEditor = async (browser: Browser, url: string, locale: string): Promise<Editor> => {
  const context = await browser.newContext({ locale, viewport: { width: 1600, height: 1100 } })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const problems = watch(page, url)
  // Hundreds of files: on a busy machine that takes its time.
  await page.goto(url, { timeout: 100_000 })
  await page.locator('.red-ui-palette-node[data-palette-type="anomaly-event"]').waitFor()

  const form = page.locator('.red-ui-tray').last().locator('form')
  const node = async (type: string): Promise<Locator> => {
    const query = JSON.stringify({ type })
    const id = await page.evaluate(
      `RED.nodes.filterNodes({ ...${query}, z: RED.workspaces.active() }).map(({ id }) => id).join()`,
    )
    return page.locator(`[id="${id}"]`)
  }

  /** Presses a button of the dialog on top. */
  const leave = async (button: string): Promise<void> => {
    const found = page.locator('.red-ui-tray').last().locator('.red-ui-tray-toolbar').locator(button)
    // The dialog below comes back in its place: wait for this very button to go.
    const own = await found.elementHandle()
    await found.click()
    await own?.waitForElementState('hidden')
  }

  return {
    page,
    problems,
    node,
    drop: (type, x, y) =>
      page.dragAndDrop(
        `.red-ui-palette-node[data-palette-type="${type}"]`,
        '#red-ui-workspace-chart',
        // Node-RED makes the node once the mouse has moved over the canvas.
        { targetPosition: { x, y }, steps: 8 },
      ),
    open: async (type) => {
      await (await node(type)).dblclick()
      await form.first().waitFor()
      return form.first()
    },
    done: () => leave('.primary'),
    cancelAll: async () => {
      // The dialog below comes back in the moment in which that on top is gone.
      while ((await page.locator('.red-ui-tray').count()) > 0) await leave('[id$="dialog-cancel"]')
    },
    clear: async () => {
      const canvas = page.locator('#red-ui-workspace-chart')
      await canvas.press('Control+a')
      await canvas.press('Delete')
      await canvas.locator('.red-ui-flow-node-group').first().waitFor({ state: 'detached' })
    },
    wire: async (from, output, to) => {
      const start = (await node(from)).locator('.red-ui-flow-port-output').nth(output)
      await start.dragTo((await node(to)).locator('.red-ui-flow-port-input'), { steps: 8 })
    },
    importFlow: async (json) => {
      await page.click('#red-ui-header-button-sidemenu')
      await page.click('#menu-item-import')
      await page.fill('#red-ui-clipboard-dialog-import-text', json)
      // The dialog looks at what was filled in when a key goes up.
      await page.press('#red-ui-clipboard-dialog-import-text', 'End')
      await page.click('#red-ui-clipboard-dialog-ok')
      await page.locator('#red-ui-clipboard-dialog-ok').waitFor({ state: 'hidden' })
    },
    deploy: async () => {
      const answered = page.waitForResponse(
        (response) => response.url() === `${url}/flows` && response.request().method() === 'POST',
      )
      // The editor asks first where a node is wrong or of an unknown type: then no answer comes.
      const [answer] = await Promise.all([answered, page.click('#red-ui-header-button-deploy')])
      if (!answer.ok()) throw new Error(`Node-RED answered ${answer.status()}: ${await answer.text()}`)
      await page.locator('#red-ui-header-button-deploy.disabled').waitFor()
    },
    screenshot: async (name) => {
      const folder = process.env.EDITOR_SCREENSHOTS
      if (folder === undefined) return
      await mkdir(folder, { recursive: true })
      await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
    },
  }
}

/** As a person fills in a field; the editor checks it once it is left. */
export const set = async (field: Locator, value: string): Promise<void> => {
  await field.fill(value)
  await field.blur()
}

const watch = (page: Page, url: string): string[] => {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => problems.push(`script: ${error.stack}`))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${url}/`))
      problems.push(`request to elsewhere: ${request.url()}`)
  })
  page.on('requestfailed', (request) =>
    problems.push(`${request.url()}: ${request.failure()?.errorText ?? 'failed'}`),
  )
  return problems
}
