#!/usr/bin/env node
import { FIRST_AID } from './first-aid.ts'
import { programOf } from './run-program.ts'
import { surroundingsOf } from './surroundings.ts'

const args = process.argv.slice(2)
const isFirstAid = FIRST_AID.some(({ name }) => name === args[0])
const run = isFirstAid ? programOf(FIRST_AID) : (await import('./program.ts')).runProgram

process.exitCode = await run(args, surroundingsOf(process), {
  debug: process.env.ANOMALYCLIP_DEBUG !== undefined && process.env.ANOMALYCLIP_DEBUG !== '0',
})
