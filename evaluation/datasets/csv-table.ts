/** Rows of a CSV file (RFC 4180: quotes around a field, doubled inside it), blank lines left out. */
const csvRows = (text: string): string[][] => {
  const rows: string[][] = []
  let row: string[] = []
  const field = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|\r|$)/gy
  const body = text.replace(/^\uFEFF/, '')
  for (let match = field.exec(body); match; match = field.exec(body)) {
    const [, value, end] = match
    row.push((value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value).trim())
    if (end === ',') continue
    if (row.some((cell) => cell !== '')) rows.push(row)
    row = []
    if (end === '') break
  }
  return rows
}

/** Rows by the names in the first line, in lower case and without blanks around. */
export const csvRecords = (text: string): Readonly<Record<string, string>>[] => {
  const [header = [], ...rows] = csvRows(text)
  const names = header.map((name) => name.toLowerCase())
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? ''])))
}
