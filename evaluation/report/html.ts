/** Text that is HTML already. */
export interface Html {
  readonly html: string
}

/** What may stand in a template: HTML as it is, text and numbers escaped, null as nothing, lists one after the other. */
export type Part = Html | string | number | null | readonly Part[]

/**
 * Builds HTML from a template. Whatever comes from data is escaped, in elements and in attributes within double quotes alike: a folder
 * may be called `<script>`.
 * @example html`<td title="${'"'}">${'<b>'}</td>`.html // <td title="&quot;">&lt;b&gt;</td>
 */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.map((string, i) => string + (i < parts.length ? rendered(parts[i]!) : '')).join(''),
})

const rendered = (part: Part): string => {
  if (part === null) return ''
  if (typeof part === 'string' || typeof part === 'number')
    return String(part).replaceAll(/[&<>"']/g, (c) => ENTITIES[c]!)
  return 'html' in part ? part.html : part.map(rendered).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
