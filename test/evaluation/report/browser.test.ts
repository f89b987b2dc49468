import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { modelFolder } from '../../../engine/index.ts'
import { reportPage } from '../../../evaluation/report/index.ts'
import { suggestionsOf } from '../../../evaluation/report/thresholds/index.ts'
import {
  columnsOf,
  inPercent,
  readEvaluation,
  resultsFrom,
  valuesOf,
} from '../../../evaluation/results/index.ts'
import { anomalyclip } from '../../cli/anomalyclip.ts'
import { needChromium, startBrowser } from '../../editor/browser.ts'
import { caseOf, categoryOf, detailsOf, reportedOf } from './details.ts'

const NANO = join(import.meta.dirname, '../../../models/nano')

const CATEGORIES = {
  materials: ['wood-good', 'twill-good', 'leather-good', 'wood-bad-thread', 'twill-bad-perlin'],
  parts: ['nut-good', 'gear-good', 'nut-bad-missing', 'chip-bad-missing'],
}

/** Some of nano's samples, laid out like MVTec AD. */
const writeTree = async (root: string): Promise<void> => {
  for (const [category, samples] of Object.entries(CATEGORIES))
    for (const sample of samples) {
      const kind = sample.includes('good') ? 'good' : 'defect'
      const folder = join(root, category, 'test', kind)
      await mkdir(folder, { recursive: true })
      await cp(join(NANO, 'samples', `${sample}.png`), join(folder, `${sample}.png`))
      if (kind === 'good') continue
      const masks = join(root, category, 'ground_truth', kind)
      await mkdir(masks, { recursive: true })
      await cp(join(NANO, 'masks', `${sample}.png`), join(masks, `${sample}_mask.png`))
    }
}

/** The same model under another name: a second one for the charts. */
const writeTwin = async (folder: string): Promise<void> => {
  await cp(modelFolder('nano', ''), folder, { recursive: true })
  const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as object
  await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, name: 'twin' }))
}

describe('the report in Chromium', function () {
  this.timeout(120_000)
  let folder: string
  let output: string
  let browser: Browser
  let problems: string[]

  before(async function () {
    needChromium(this)
    folder = await mkdtemp(join(tmpdir(), 'anomalyclip-report-'))
    output = join(folder, 'out')
    await writeTree(join(folder, 'tree'))
    await writeTwin(join(folder, 'twin'))
    const args = ['evaluate', '--dataset', 'mvtec', '--root', 'tree', '--output', 'out']
    const { status, stdout, stderr } = await anomalyclip([...args, '--model', 'nano', './twin'], {
      cwd: folder,
    })
    assert.equal(status, 0, stderr)
    assert.ok(stdout.trimEnd().endsWith(join(output, 'report.html')))
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const open = async (options: BrowserContextOptions = {}, url = address()): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    const page = await context.newPage()
    problems = []
    page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => problems.push(`script: ${error.stack}`))
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && request.url() !== url)
        problems.push(`request: ${request.url()}`)
    })
    page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`))
    await page.goto(url)
    return page
  }
  const address = (): string => pathToFileURL(join(output, 'report.html')).href

  const texts = (rows: Locator): Promise<string[][]> =>
    rows.evaluateAll((found) =>
      found.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')),
    )

  /** Into the folder that EDITOR_SCREENSHOTS names, for people to look at. */
  const screenshot = async (page: Page, name: string): Promise<void> => {
    const screenshots = process.env.EDITOR_SCREENSHOTS
    if (screenshots === undefined) return
    await mkdir(screenshots, { recursive: true })
    await page.screenshot({ path: join(screenshots, `report, ${name}.png`), fullPage: true })
  }

  for (const [name, options] of Object.entries({
    light: {},
    dark: { colorScheme: 'dark' },
    narrow: { viewport: { width: 400, height: 800 } },
  } satisfies Record<string, BrowserContextOptions>))
    it(`opens from a file, ${name}: no errors, nothing fetched, nothing wider than the window`, async () => {
      const page = await open(options)
      await page.waitForLoadState('load')
      await screenshot(page, name)
      const [width, window] = (await page.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      )) as [number, number]
      assert.ok(width <= window, `${width} of ${window} pixels`)
      assert.deepEqual(problems, [])
      await page.context().close()
    })

  it('has the figures of results.json in its tables', async () => {
    const page = await open()
    const evaluated = await readEvaluation(output)
    const means = await texts(page.locator('#summary tbody tr'))
    assert.deepEqual(
      means.map((row) => row.slice(1)),
      evaluated.map(({ details }) => valuesOf(resultsFrom(details).mean, columnsOf([])).map(inPercent)),
    )
    const rows = await texts(page.locator('#per-category tbody tr'))
    assert.deepEqual(
      rows.map((row) => row.slice(2)),
      Object.keys(CATEGORIES).flatMap((category) =>
        evaluated.map(({ details }) =>
          valuesOf(details.categories[category]!.metrics, columnsOf([])).map(inPercent),
        ),
      ),
    )
    await page.context().close()
  })

  it('has curves of both models in every chart, and bars and thresholds in every histogram', async () => {
    const page = await open()
    const charts = page.locator('.charts .chart')
    assert.equal(await charts.count(), 6)
    for (const chart of await charts.all()) {
      const lengths = await chart
        .locator('path.curve:not(.swatch path)')
        .evaluateAll((curves) =>
          curves.map((curve) => (curve as unknown as { getTotalLength(): number }).getTotalLength()),
        )
      assert.equal(lengths.length, 2)
      // From one corner to the opposite one.
      for (const length of lengths) assert.ok(length > 300, `a curve is ${length} long`)
    }
    const histograms = page.locator('.thresholds > .chart')
    assert.equal(await histograms.count(), 4)
    for (const histogram of await histograms.all()) {
      for (const kind of ['good', 'bad']) {
        const bar = await histogram.locator(`svg[role=img] .${kind} rect`).first().boundingBox()
        assert.ok(bar && bar.width > 1 && bar.height > 5)
      }
      assert.equal(await histogram.locator('.threshold:visible').count(), 3)
    }
    await page.context().close()
  })

  it('shows every picture of the worst cases', async () => {
    const page = await open()
    const widths = await page
      .locator('.cases img')
      .evaluateAll((images) =>
        images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
      )
    assert.ok(widths.length >= 2 * 2 * (2 * 3 + 2 * 2))
    assert.ok(widths.every((width) => width > 100))
    await page.context().close()
  })

  it('works thresholds out anew for another rate of false alarms', async () => {
    const page = await open()
    const evaluated = await readEvaluation(output)
    const rows = page.locator('tr[data-points]')
    const expected = (rate: number): string[][] =>
      Object.keys(CATEGORIES).flatMap((category) =>
        evaluated.map(({ details }) => {
          const found = suggestionsOf(details.categories[category]!, rate)
          return [
            found.rate!.score,
            '–',
            `${found.rate!.falseAlarms} of ${found.good}`,
            `${found.rate!.misses} of ${found.bad}`,
          ]
        }),
      )
    const shown = async (): Promise<string[][]> => (await texts(rows)).map((row) => row.slice(0, 4))
    const before = await texts(rows)
    assert.deepEqual(await shown(), expected(0.01))
    const field = page.getByLabel('Target false-alarm rate').getByRole('spinbutton')
    await field.fill('10')
    assert.deepEqual(await shown(), expected(0.1))
    assert.match((await rows.first().locator('th').textContent()) ?? '', /false alarms ≤ 10 %/)
    assert.equal(await page.locator('[data-needed]').first().textContent(), '29')
    await field.fill('55')
    assert.match((await page.locator('#rate-note').textContent()) ?? '', /expected a number from 0 to 10/)
    await field.fill('1')
    assert.deepEqual(await texts(rows), before)
    assert.equal(await page.locator('[data-needed]').first().textContent(), '299')
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('has all but the field for the rate without JavaScript', async () => {
    const page = await open({ javaScriptEnabled: false })
    assert.equal(await page.locator('#rate').isVisible(), false)
    assert.equal(await page.locator('#summary tbody tr').count(), 2)
    assert.equal(await page.locator('.charts path.curve:visible').count(), 2 * 6)
    await page.context().close()
  })

  it('does nothing that a name tells it to', async () => {
    const name = `"><script>alert(1)</script><img src=x onerror=alert(2)></script>`
    const category = categoryOf([0.1, 0.3], [0.2], {
      className: name,
      failed: [{ name, reason: name }],
      worst: { misses: [caseOf(name)], falseAlarms: [] },
    })
    const details = detailsOf({ [name]: category }, { root: name, problems: [name] })
    const file = join(folder, 'hostile.html')
    await writeFile(file, reportPage([{ ...reportedOf(details), name }]))
    const page = await open({}, pathToFileURL(file).href)
    page.on('dialog', (dialog) => problems.push(`dialog: ${dialog.message()}`))
    assert.equal(await page.locator('.category h2').textContent(), name)
    assert.equal(await page.locator('img').count(), 0)
    await page.getByRole('spinbutton').fill('10')
    assert.match((await page.locator('tr[data-points] th').textContent()) ?? '', /≤ 10 %/)
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('is made anew, the same to the byte, by the command report', async () => {
    const file = join(output, 'report.html')
    const first = await readFile(file)
    await rm(file)
    const { status, stdout, stderr } = await anomalyclip(['report', 'out'], { cwd: folder })
    assert.equal(status, 0, stderr)
    assert.equal(stdout.trim(), file)
    assert.ok(first.equals(await readFile(file)))
  })
})
