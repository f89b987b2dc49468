import type { MethodName } from './method-names.ts'

/** The published code of these takes folder names as they are. */
const KEEP_UNDERSCORES: ReadonlySet<MethodName> = new Set<MethodName>(['winclip', 'april-gan'])

/** A class name as it stands in a method's prompts: `metal_nut` is "metal nut", except where the published code kept the underscore. */
export const classNameInPrompts = (method: MethodName, name: string): string =>
  (KEEP_UNDERSCORES.has(method) ? name : name.replaceAll('_', ' ')).trim()
