/** What an image was inspected by. Thresholds of one say nothing about another: neither of another model, class nor view. */
export interface Inspector {
  /** Name and version. */
  readonly model: string
  /** What the image was compared with; null where the model takes no class names. */
  readonly className: string | null
  /** Key of the view; null where the image was inspected whole. */
  readonly view: string | null
}

/** One text for each, as it is kept with a calibration; without class and view it is that of the versions before there were any. */
export const inspectorText = ({ model, className, view }: Inspector): string =>
  [
    model,
    ...(className === null ? [] : [`class "${className}"`]),
    ...(view === null ? [] : [`view ${view}`]),
  ].join(', ')
