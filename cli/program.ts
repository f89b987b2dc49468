import { bench } from './commands/bench.ts'
import { build } from './commands/build.ts'
import { classes } from './commands/classes.ts'
import { detect } from './commands/detect.ts'
import { engine } from './commands/engine.ts'
import { evaluate } from './commands/evaluate.ts'
import { exportModel } from './commands/export.ts'
import { info } from './commands/info.ts'
import { models } from './commands/models.ts'
import { report } from './commands/report.ts'
import { train } from './commands/train.ts'
import { FIRST_AID } from './first-aid.ts'
import { programOf } from './run-program.ts'
import type { Command } from './types.ts'

const COMMANDS: readonly Command[] = [
  detect,
  evaluate,
  report,
  models,
  build,
  train,
  bench,
  classes,
  exportModel,
  info,
  engine,
  ...FIRST_AID,
]

export const runProgram = programOf(COMMANDS)
