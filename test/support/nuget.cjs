/**
 * Stands in for NuGet in a process that preloads it (NODE_OPTIONS=--require): NUGET=unreachable refuses the connection,
 * NUGET=serving has onnxruntime's CUDA package, each library a line of text that begins as a library does. Every other host stays as it is.
 * CommonJS, as onnxruntime-node's install script is.
 */
const { EventEmitter } = require('node:events')
const https = require('node:https')
const { Readable } = require('node:stream')

const elsewhere = https.get

https.get = (...args) => {
  const url = new URL(args[0])
  if (!url.hostname.endsWith('.nuget.org')) return elsewhere(...args)
  const request = new EventEmitter()
  process.nextTick(() => {
    if (process.env.NUGET === 'serving') args.at(-1)(answerTo(url))
    else request.emit('error', new Error(`connect ECONNREFUSED ${url.hostname} (test)`))
  })
  return request
}

const answerTo = ({ pathname, origin }) => {
  if (pathname.endsWith('.nupkg')) return response(gpuPackage(), 'application/octet-stream')
  const resources = [{ '@type': 'PackageBaseAddress/3.0.0', '@id': `${origin}/v3-flatcontainer/` }]
  const versions = [onnxruntimeVersion()]
  return response(
    JSON.stringify(pathname === '/v3/index.json' ? { resources } : { versions }),
    'application/json',
  )
}

const response = (content, type) =>
  Object.assign(Readable.from([content]), { statusCode: 200, headers: { 'content-type': type } })

/** From the package whose script is running: npm starts it in that package's folder. */
const onnxruntimeVersion = () => require(`${process.cwd()}/package.json`).version

const gpuPackage = () => {
  const AdmZip = require(require.resolve('adm-zip', { paths: [process.cwd()] }))
  const zip = new AdmZip()
  for (const name of ['cuda', 'shared', 'tensorrt'])
    zip.addFile(
      `runtimes/linux-x64/native/libonnxruntime_providers_${name}.so`,
      Buffer.from(`\x7fELF library ${name}`, 'latin1'),
    )
  return zip.toBuffer()
}
