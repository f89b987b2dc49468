/** The methods that a model can be built for, the project's own first. */
export const METHOD_NAMES = ['anomalyclip', 'clip', 'clip-ac', 'winclip', 'april-gan', 'coop'] as const

export type MethodName = (typeof METHOD_NAMES)[number]
