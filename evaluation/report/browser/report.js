// Thresholds for another target false-alarm rate. All else on the page is there without it.

const field = document.getElementById('rate-percent')
const percent = (share) => `${(100 * share).toFixed(1).replace(/\.0$/, '')} %`

/** Of a row [threshold, false alarms, misses, bound]: the last one within the target, as `pointAtRate` chooses. */
const pointFor = ({ points, good }, rate) => {
  const allowed = Math.floor(good * rate + 1e-9)
  return JSON.parse(points).findLast(([, falseAlarms]) => falseAlarms <= allowed)
}

const fill = (row, rate) => {
  const { good, bad, line } = row.dataset
  const point = pointFor(row.dataset, rate)
  const of = (count, all) => (all === '0' ? '–' : `${count} of ${all}`)
  const texts = point
    ? [point[0], '–', of(point[1], good), of(point[2], bad), point[3]]
    : ['–', '–', '–', '–', '–']
  for (const [i, cell] of row.querySelectorAll('td').entries()) cell.textContent = texts[i]
  move(document.getElementById(line), point && Number(point[0]), rate)
}

const move = (line, threshold, rate) => {
  if (!line) return
  if (threshold === undefined) return line.setAttribute('display', 'none')
  const [from, to, left, right] = ['from', 'to', 'left', 'right'].map((name) => Number(line.dataset[name]))
  const share = Math.min(1, Math.max(0, (threshold - from) / (to - from)))
  line.removeAttribute('display')
  line.setAttribute('transform', `translate(${left + share * (right - left)} 0)`)
  const text = line.querySelector('text')
  text.textContent = `false alarms ≤ ${percent(rate)}`
  text.setAttribute('x', share > 0.5 ? -4 : 4)
  text.setAttribute('text-anchor', share > 0.5 ? 'end' : 'start')
}

/** n good parts without a false alarm vouch for 1 − 0.05^(1/n), as `partsNeeded` has it. */
const partsNeeded = (rate) => (rate > 0 ? Math.ceil(Math.log(0.05) / Math.log1p(-rate)) : '∞')

const show = () => {
  const note = document.getElementById('rate-note')
  if (!field.checkValidity()) {
    note.textContent = `expected a number from ${field.min} to ${field.max}`
    return
  }
  note.textContent = ''
  const rate = Number(field.value) / 100
  for (const row of document.querySelectorAll('[data-points]')) fill(row, rate)
  for (const text of document.querySelectorAll('[data-rate]')) text.textContent = percent(rate)
  for (const text of document.querySelectorAll('[data-needed]')) text.textContent = partsNeeded(rate)
  for (const warning of document.querySelectorAll('[data-best]'))
    warning.hidden = Number(warning.dataset.best) <= rate
}

document.getElementById('rate').hidden = false
field.addEventListener('input', show)
