/** Ways to look at an image: as it is, and mirrored. */
export const VIEWS = ['as-is', 'left-right', 'top-down', 'both'] as const

export type View = (typeof VIEWS)[number]

/**
 * An image or mask in a view.
 * @param data [side, side, channels] @returns the data itself, not a copy, as it is
 */
export const viewed = (data: Uint8Array, side: number, view: View): Uint8Array => {
  if (view === 'as-is') return data
  const channels = data.length / (side * side)
  const result = new Uint8Array(data.length)
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const fromRow = view === 'left-right' ? row : side - 1 - row
      const fromColumn = view === 'top-down' ? column : side - 1 - column
      const from = (fromRow * side + fromColumn) * channels
      const to = (row * side + column) * channels
      for (let channel = 0; channel < channels; channel++) result[to + channel] = data[from + channel]!
    }
  return result
}
