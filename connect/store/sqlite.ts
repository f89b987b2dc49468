/** Node.js 22 announces on standard error that this module is experimental, in every thread that loads it. */
export const sqlite = (): typeof import('node:sqlite') => {
  const { emitWarning } = process
  process.emitWarning = (): void => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
