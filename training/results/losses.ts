/** Means over images. */
export interface Losses {
  readonly images: number
  /** Weighted as they are summed; null where no defect is drawn, or the method looks at no map. */
  readonly maps: number | null
}

/** What an epoch came to. */
export interface EpochLosses extends Losses {
  readonly epoch: number
  /** After the epoch, of the images that are not trained on; null where there are none. */
  readonly validation: Losses | null
}

export const totalOf = ({ images, maps }: Losses): number => images + (maps ?? 0)

/** Adds up batches. */
export const lossMeans = () => {
  let count = 0
  let images = 0
  let maps: number | null = null
  return {
    add: (losses: Losses, size: number): void => {
      count += size
      images += size * losses.images
      if (losses.maps !== null) maps = (maps ?? 0) + size * losses.maps
    },
    mean: (): Losses => ({ images: images / count, maps: maps === null ? null : maps / count }),
  }
}

/** The epoch with the lowest validation loss, of equal ones the first; the last epoch where nothing is validated. */
export const bestEpoch = (epochs: readonly EpochLosses[]): number => {
  const [first] = epochs
  if (first?.validation == null) return epochs.length
  const totals = epochs.map(({ validation }) => totalOf(validation!))
  return totals.indexOf(Math.min(...totals)) + 1
}

/** Whether the validation has not become better for so many epochs. @param patience null = however long that is */
export const isOver = (epochs: readonly EpochLosses[], patience: number | null): boolean =>
  patience !== null && epochs.length > 0 && epochs.length - bestEpoch(epochs) >= patience

const COLUMNS = ['images', 'maps', 'total'] as const

/** CSV (RFC 4180): a row an epoch. */
export const lossesCsv = (epochs: readonly EpochLosses[]): string => {
  const isValidated = epochs.some(({ validation }) => validation !== null)
  const head = ['epoch', ...COLUMNS, ...(isValidated ? COLUMNS.map((name) => `validation_${name}`) : [])]
  const rows = epochs.map((epoch) => [
    epoch.epoch,
    ...cells(epoch),
    ...(isValidated ? cells(epoch.validation!) : []),
  ])
  return [head, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

const cells = (losses: Losses): (number | string)[] => [losses.images, losses.maps ?? '', totalOf(losses)]
