import type { Check } from '../types.ts'

/** Makes the checks of one examination. */
export const checksOf = (id: string, title: string) => ({
  ok: (found: string): Check => ({ id, title, verdict: 'ok', found, fix: null }),
  warning: (found: string, fix: string): Check => ({ id, title, verdict: 'warning', found, fix }),
  missing: (found: string, fix: string): Check => ({ id, title, verdict: 'missing', found, fix }),
})
