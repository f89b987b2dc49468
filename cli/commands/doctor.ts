import { thisMachine } from '../../engine/machine/index.ts'
import { defineCommand } from '../command.ts'
import { examine } from '../doctor/examine.ts'
import { offeredBy, onnxruntimePackage } from '../doctor/onnxruntime.ts'
import { tryOut } from '../doctor/try-out.ts'
import type { Check } from '../doctor/types.ts'
import { DEVICE } from '../engine.ts'
import { givenModelFolder } from '../model-folder.ts'
import { flag } from '../options.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'say what this machine has, what is missing, and how to mend it',
  usage: ['doctor [MODEL] [--device DEVICE] [--json]'],
  about: `Looks at the system, the processor, memory and disk, onnxruntime, NVIDIA's driver, CUDA, cuDNN
and TensorRT, and a Jetson's power mode. Then it runs MODEL (a folder, or a name that "models"
lists; nano by default) on each device that onnxruntime offers, in a process of its own, and
compares the result with the reference in the model's folder.

Each line begins with ok, warning or missing. What can be done stands below it, as a command
where there is one. Nothing is changed, and nothing is fetched.`,
  options: { device: DEVICE, json: flag('one JSON object: {"device", "usable", "checks": [...]}') },
  operands: { name: 'MODEL', least: 0, most: 1 },
  examples: [
    'anomalyclip doctor',
    'anomalyclip doctor --device cuda anomalyclip-vit-l-14-336-trained-on-visa',
    'anomalyclip doctor --json | jq \'.checks[] | select(.verdict != "ok")\'',
  ],
  exit: { 0: 'the device can be used, maybe with warnings', 1: 'something is missing for the device' },
  run: async ({ device = 'cpu', json = false }, [model], surroundings) => {
    const { print, signal, userDir } = surroundings
    const machine = thisMachine()
    const onnxruntime = onnxruntimePackage()
    const patient = {
      machine,
      device,
      userDir,
      model: await givenModelFolder(model, surroundings),
      onnxruntime:
        onnxruntime === null ? null : { ...onnxruntime, offered: await offeredBy(machine, onnxruntime) },
      tryOut: tryOut(signal),
    }
    const checks = await examine(patient, async (check) => {
      signal.throwIfAborted()
      if (!json) await print(inWords(check))
    })
    const missing = checks.filter(({ verdict }) => verdict === 'missing').length
    await print(
      json ? JSON.stringify({ device, usable: missing === 0, checks }) : `\n${summary(device, missing)}`,
    )
    return missing === 0 ? 0 : 1
  },
})

const inWords = ({ verdict, title, found, fix }: Check): string =>
  [
    `${verdict.padEnd(7)}  ${title.padEnd(15)}  ${found}`,
    ...(fix === null ? [] : [`${' '.repeat(26)}→ ${fix}`]),
  ].join('\n')

const summary = (device: string, missing: number): string =>
  missing === 0
    ? `The device ${device} can be used.`
    : `The device ${device} cannot be used: ${missing === 1 ? 'one thing is' : `${missing} things are`} missing.`
