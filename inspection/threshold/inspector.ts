/** What an image was inspected by. Thresholds of one say nothing about another: neither of another model nor of another class. */
export interface Inspector {
  /** Name and version. */
  readonly model: string
  /** What the image was compared with; null where the model takes no class names. */
  readonly className: string | null
}

/** One text for each, as it is kept with a calibration; without a class it is that of the versions before there were any. */
export const inspectorText = ({ model, className }: Inspector): string =>
  className === null ? model : `${model}, class "${className}"`
