import { loadModel } from './load.ts'
import { startProcess } from './start.ts'

await startProcess(loadModel)
