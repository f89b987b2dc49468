import { codedError } from '../../errors/index.ts'

/** Makers of onnxruntime publish the libraries under this name on NuGet, one version for each of onnxruntime-node. */
export const NUGET_PACKAGE = 'Microsoft.ML.OnnxRuntime.Gpu.Linux'

export const installError = (message: string, cause?: unknown): Error =>
  codedError('CLI_INSTALL_GPU', message, { cause })
