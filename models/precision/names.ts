/** In what the linear layers of the vision tower are computed. */
export const PRECISIONS = ['fp32', 'fp16', 'int8', 'int4'] as const

export type PrecisionName = (typeof PRECISIONS)[number]
