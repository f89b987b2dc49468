import { thisMachine } from '../../engine/machine/index.ts'
import { defineCommand } from '../command.ts'
import { onnxruntimePackage } from '../doctor/onnxruntime.ts'
import { installError } from '../install-gpu/install-error.ts'
import { installGpuLibraries } from '../install-gpu/install-gpu.ts'
import { flag, text } from '../options.ts'

export const installGpu = defineCommand({
  name: 'install-gpu',
  summary: "fetch onnxruntime's libraries for NVIDIA GPUs (Linux, x64)",
  usage: ['install-gpu [--again]', 'install-gpu --from FILE'],
  about: `They are a large download from NuGet, not from the npm registry, and are never fetched
unless this command is called. The first form has onnxruntime-node's own install script fetch
them (HTTPS_PROXY is used where it is set). The second takes them from the file of
Microsoft.ML.OnnxRuntime.Gpu.Linux that was carried here, in the version of onnxruntime-node.

NVIDIA's driver, CUDA, cuDNN and, for TensorRT, TensorRT itself come from NVIDIA; "doctor"
says which of them are missing. Restart Node-RED afterwards. Call this again whenever
onnxruntime-node was installed anew, as after an update of this package.`,
  options: {
    from: text('FILE', 'a .nupkg file, in place of the network'),
    again: flag('also where the libraries are there already'),
  },
  operands: { name: 'operands', least: 0, most: 0 },
  examples: [
    'anomalyclip install-gpu',
    'anomalyclip install-gpu --from microsoft.ml.onnxruntime.gpu.linux.1.30.0.nupkg',
  ],
  exit: { 0: 'the libraries are there', 1: 'they could not be installed; what was there before still is' },
  run: async ({ from, again = false }, _operands, { print, complain, path, signal }) => {
    const onnxruntime = onnxruntimePackage()
    if (onnxruntime === null) throw installError('onnxruntime-node is not installed. See: anomalyclip doctor')
    const isNew = await installGpuLibraries({
      machine: thisMachine(),
      onnxruntime,
      from: from === undefined ? undefined : path(from),
      again,
      say: complain,
      signal,
    })
    await print(
      isNew
        ? 'The GPU libraries are installed. Restart Node-RED. See what else is needed: anomalyclip doctor --device cuda'
        : 'The GPU libraries were there already (--again fetches them anew).',
    )
    return 0
  },
})
