#!/usr/bin/env node
import { runProgram } from './program.ts'
import { surroundingsOf } from './surroundings.ts'

process.exitCode = await runProgram(process.argv.slice(2), surroundingsOf(process), {
  debug: process.env.ANOMALYCLIP_DEBUG !== undefined && process.env.ANOMALYCLIP_DEBUG !== '0',
})
