import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the stand-in does once it has told of the GPU. */
export type Behaviour = 'compiles' | 'fails' | 'writes nothing' | 'never ends'

/** In the words of trtexec 10, which the real one also says on a Jetson. */
const TALK = `&&&& RUNNING TensorRT.trtexec [TensorRT v100900] [b34] # trtexec
[11/28/2026-10:00:00] [I] === Device Information ===
[11/28/2026-10:00:00] [I] Available Devices:
[11/28/2026-10:00:00] [I]   Device 0: "Orin" UUID: GPU-00000000
[11/28/2026-10:00:00] [I] Selected Device: Orin
[11/28/2026-10:00:00] [I] Selected Device ID: 0
[11/28/2026-10:00:00] [I] Compute Capability: 8.7
[11/28/2026-10:00:00] [I] TensorRT version: 10.9.0
[11/28/2026-10:00:01] [I] Start parsing network model.`

const ACTS: Record<Behaviour, string> = {
  compiles: "writeFileSync(of('saveEngine'), 'engine of ' + readFileSync(of('onnx')).length + ' bytes')",
  fails:
    "console.log('[11/28/2026-10:00:02] [E] Error[4]: kernel weights has count 1 but 2 was expected'); process.exitCode = 1",
  'writes nothing': '',
  'never ends': "writeFileSync(of('saveEngine'), 'half an'); setInterval(() => {}, 1000)",
}

/**
 * Stands in for NVIDIA's compiler: takes its arguments, refuses others as the real one does.
 * @returns the path of the program; what it was called with stands in `called` beside it
 */
export const standInTrtexec = async (folder: string, behaviour: Behaviour = 'compiles'): Promise<string> => {
  const path = join(folder, 'trtexec')
  await writeFile(
    path,
    `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
const of = (name) => args.find((arg) => arg.startsWith('--' + name + '='))?.slice(name.length + 3)
const KNOWN = /^--(onnx|saveEngine|minShapes|optShapes|maxShapes)=.|^--(skipInference|stronglyTyped|noTF32)$/
writeFileSync(${JSON.stringify(join(folder, 'called'))}, JSON.stringify({ args, pid: process.pid }))
const unknown = args.find((arg) => !KNOWN.test(arg))
if (unknown !== undefined) {
  console.error('[E] Unknown option: ' + unknown)
  process.exit(1)
}
console.log(${JSON.stringify(TALK)})
${ACTS[behaviour]}
`,
  )
  await chmod(path, 0o755)
  return path
}
