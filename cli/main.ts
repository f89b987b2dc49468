#!/usr/bin/env node
import { runProgram } from './program.ts'
import { surroundingsOf } from './surroundings.ts'

// From 1.29 on onnxruntime reports to its makers unless told otherwise before its first session, and writes an
// identifier of the machine into the user's cache. The inference process inherits the answer.
// Source: microsoft/onnxruntime pull request 27379, "Add POSIX telemetry".
process.env.ORT_DISABLE_TELEMETRY ??= '1'

process.exitCode = await runProgram(process.argv.slice(2), surroundingsOf(process), {
  debug: process.env.ANOMALYCLIP_DEBUG !== undefined && process.env.ANOMALYCLIP_DEBUG !== '0',
})
