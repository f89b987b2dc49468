import type { Variables } from './variables.ts'

/** Counts for as long as the handshake is alive, so that a PLC sees the box die; gives the function that ends it. */
export const startHeartbeat = (
  variables: Variables,
  everyMs: number,
  isAlive: () => boolean,
): (() => void) => {
  if (!variables.mapped.has('heartbeat')) return () => {}
  let beats = 0
  let writing = false
  const beat = async (): Promise<void> => {
    if (writing || !isAlive()) return
    writing = true
    try {
      await variables.write({ heartbeat: ++beats })
    } catch {
      // That it stands still is all that a heartbeat has to say; the connection tells the rest.
    } finally {
      writing = false
    }
  }
  const timer = setInterval(() => void beat(), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
