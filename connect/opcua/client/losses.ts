/** Sequence numbers go from 1 to this and never to 0 (Part 4 §5.14.1.4). */
const LAST = 0xffff_ffff

/**
 * Counts the notification messages that never came: each one has the number after the one before it. A keep-alive has the
 * number of the next message and uses it up not (Part 4 §5.14.1.1).
 */
export const countLosses = (onLosses: (count: number) => void) => {
  let expected = 1
  return (sequenceNumber: number, isNotification: boolean): void => {
    const missed = (sequenceNumber - expected + LAST) % LAST
    // More than half of all numbers ahead is one that comes again, not a gap.
    if (missed > 0 && missed < LAST / 2) onLosses(missed)
    if (missed >= LAST / 2) return
    expected = isNotification ? (sequenceNumber % LAST) + 1 : sequenceNumber
  }
}
