import { extname } from 'node:path'

/**
 * Address of the module `name` (without extension) beside the module `base`: `.ts` in a checkout, `.js` once built.
 * The compiler rewrites the endings of imports, not of addresses that a process or a thread is started with.
 */
export const moduleBeside = (base: string, name: string): URL => new URL(`${name}${extname(base)}`, base)
