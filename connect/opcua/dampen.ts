/** A PLC that triggers without waiting for TriggerReady does so all day long. */
const QUIET_MS = 10_000

export type Notice = (level: 'warn' | 'error', text: string) => void

/** Lets one of a kind through, and after a while how many there were since. Numbers in the text make no other kind. */
export const dampened = (notice: Notice, now: () => number = () => performance.now()): Notice => {
  const kinds = new Map<string, { since: number; left: number }>()
  return (level, text) => {
    const kind = text.replaceAll(/\d+/g, '#')
    const last = kinds.get(kind)
    if (last && now() - last.since < QUIET_MS) {
      last.left++
      return
    }
    notice(level, last && last.left > 0 ? `${text} (and ${last.left} more of the kind before)` : text)
    kinds.set(kind, { since: now(), left: 0 })
  }
}
