/** A source may be named anew for every image (a topic with a number in it); there are never so many cameras. */
const MOST_SOURCES = 100

/** Counts lost images by source, of the first hundred sources that lose any. */
export const lossesBySource = () => {
  const losses = new Map<string, number>()
  return {
    count: (source: string): void => {
      if (losses.has(source) || losses.size < MOST_SOURCES) losses.set(source, (losses.get(source) ?? 0) + 1)
    },
    read: (): Readonly<Record<string, number>> => Object.fromEntries(losses),
  }
}
