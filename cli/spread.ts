/** Evenly over all of them, which stand by kind: the first ones alone would all be of one kind. */
export const spread = <T>(all: readonly T[], count: number): readonly T[] =>
  all.length <= count
    ? all
    : Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!)
