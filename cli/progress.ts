import type { Surroundings } from './types.ts'

/** Says how far a piece of work is: its title, 0..1 (null while nobody knows), and what else is worth saying. */
export interface ProgressDisplay {
  readonly show: (title: string, share: number | null, detail?: string) => void
  /** Leaves what stands there and starts a new line. */
  readonly end: () => void
}

/** Between two strokes on a terminal; faster cannot be read. */
const REDRAW_MS = 200

/**
 * Progress on standard error: on a terminal in one line that is rewritten, elsewhere (a log file) in a line at the
 * start and after every 10 %.
 */
export const displayProgress = (
  { complain, rewrite }: Pick<Surroundings, 'complain' | 'rewrite'>,
  now: () => number = () => performance.now(),
): ProgressDisplay => {
  let current: string | null = null
  let drawnAt = 0
  let nextPercent = 0
  const end = () => {
    if (current !== null && rewrite !== null) complain('')
    current = null
  }
  return {
    end,
    show: (title, share, detail = '') => {
      const isNew = title !== current
      if (isNew) {
        end()
        nextPercent = 0
      }
      current = title
      // 0.57 * 100 is 56.99…
      const percent = share === null ? 0 : Math.floor(share * 100 + 1e-9)
      const line = [
        title,
        ...(share === null ? [] : [`${percent} %`]),
        ...(detail === '' ? [] : [detail]),
      ].join('  ')
      if (rewrite !== null) {
        if (!isNew && percent < 100 && now() - drawnAt < REDRAW_MS) return
        drawnAt = now()
        rewrite(line)
      } else if (isNew || percent >= nextPercent) {
        nextPercent = (Math.floor(percent / 10) + 1) * 10
        complain(line)
      }
    },
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)

/** "412 of 934 MB". */
export const sizeInWords = (done: number, total: number | null): string =>
  total === null ? `${megabytes(done)} MB` : `${megabytes(done)} of ${megabytes(total)} MB`
