import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')

export interface DemoOptions {
  /** Port of editor and page, and of the broker; 0 = any free one. */
  readonly port: number
  readonly mqttPort: number
  readonly userDir: string
  readonly pauseMs: number
  readonly verbose: boolean
}

export const USAGE = `npm start -- [OPTIONS]

Starts an MQTT broker and Node-RED with examples/demo.json, both on loopback, and plays the camera:
good parts until every product's threshold is calibrated, then good and bad parts in turn. Each
inspection is printed, and shown on a page that the flow serves. Ctrl-C ends it all.

  --port N        port of editor and page (default: 1880), 0 or one in use: any free one
  --mqtt-port N   port of the broker (default: 1883), likewise
  --user-dir DIR  Node-RED's user folder (default: .demo in the checkout). Calibrations are kept
                  there from start to start, the flow is loaded anew: save yours under another name.
                  Delete the folder to start from nothing.
  --pause MS      pause after each part once calibrated (default: 1500)
  --verbose       Node-RED's whole log, not only its warnings and errors
  --help          this text`

/** @returns null when help was asked for. @throws TypeError for an option or a number that makes no sense */
export const readOptions = (args: readonly string[]): DemoOptions | null => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '1880' },
      'mqtt-port': { type: 'string', default: '1883' },
      'user-dir': { type: 'string', default: join(root, '.demo') },
      pause: { type: 'string', default: '1500' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  return {
    port: whole('port', values.port, 65_535),
    mqttPort: whole('mqtt-port', values['mqtt-port'], 65_535),
    userDir: resolve(values['user-dir']),
    pauseMs: whole('pause', values.pause, 3_600_000),
    verbose: values.verbose,
  }
}

const whole = (name: string, given: string, most: number): number => {
  if (/^\d+$/.test(given) && Number(given) <= most) return Number(given)
  throw new TypeError(`--${name} is "${given}", expected a whole number from 0 to ${most}`)
}
