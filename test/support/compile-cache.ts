import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'

/**
 * Loaded by Mocha before any test, in each of its processes (`require` in .mocharc.json). The tests start hundreds of
 * Node processes, which spend half of their time compiling the same sources; what one has compiled the others take
 * from here. Node itself looks whether a source is still the one that was compiled.
 */
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/compiled')
enableCompileCache(process.env.NODE_COMPILE_CACHE)
