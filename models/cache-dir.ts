import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Where weights that were fetched are kept, of models of all user folders.
 * A relative XDG_CACHE_HOME counts as unset: XDG Base Directory Specification 0.8, "Basics".
 */
export const cacheDir = ({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): string =>
  join(
    XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'),
    'anomalyclip',
  )
