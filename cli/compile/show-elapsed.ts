import type { ProgressDisplay } from '../progress.ts'

/** Shows how long a piece of work goes on that does not tell how far it is. */
export const showElapsed = (progress: ProgressDisplay): { show(title: string): void; end(): void } => {
  let timer: NodeJS.Timeout | undefined
  const end = (): void => {
    clearInterval(timer)
    progress.end()
  }
  return {
    show: (title) => {
      clearInterval(timer)
      const started = performance.now()
      const tell = () => progress.show(title, null, `${Math.round((performance.now() - started) / 1000)} s`)
      progress.show(title, null)
      timer = setInterval(tell, 1000)
      timer.unref()
    },
    end,
  }
}
