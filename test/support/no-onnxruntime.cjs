/** Preloaded (NODE_OPTIONS=--require): onnxruntime-node is installed but does not load, as on musl. */
const { registerHooks } = require('node:module')

registerHooks({
  load: (url, context, next) => {
    if (url.includes('/node_modules/onnxruntime-node/') && !url.endsWith('.json'))
      throw new Error('Error loading shared library ld-linux-x86-64.so.2: No such file or directory (test)')
    return next(url, context)
  },
})
