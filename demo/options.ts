import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')

export interface DemoOptions {
  /** Port of editor and page, and of the broker; 0 = any free one. So are the others. */
  readonly port: number
  readonly mqttPort: number
  /** Of the simulated PLC's and the simulated camera's OPC UA servers, and of Node-RED's own. */
  readonly plcPort: number
  readonly cameraPort: number
  readonly visionPort: number
  readonly userDir: string
  readonly pauseMs: number
  readonly verbose: boolean
}

export const USAGE = `npm start -- [OPTIONS]

Starts an MQTT broker and Node-RED with examples/demo.json, both on loopback, and plays the camera:
good parts until every product's threshold is calibrated, then good and bad parts in turn. Each
inspection is printed, and shown on a page that the flow serves. Beside it run a simulated PLC and a
simulated camera with OPC UA servers: the PLC asks for parts to be inspected, once as the server and
once as the client, and counts what has passed. Ctrl-C ends it all.

  --port N        port of editor and page (default: 1880), 0 or one in use: any free one
  --mqtt-port N   port of the broker (default: 1883), likewise
  --plc-port N    port of the simulated PLC's OPC UA server (default: 4841), likewise
  --camera-port N port of the simulated camera's (default: 4842), likewise
  --vision-port N port of Node-RED's own OPC UA server (default: 4843), likewise
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
      'plc-port': { type: 'string', default: '4841' },
      'camera-port': { type: 'string', default: '4842' },
      'vision-port': { type: 'string', default: '4843' },
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
    plcPort: whole('plc-port', values['plc-port'], 65_535),
    cameraPort: whole('camera-port', values['camera-port'], 65_535),
    visionPort: whole('vision-port', values['vision-port'], 65_535),
    userDir: resolve(values['user-dir']),
    pauseMs: whole('pause', values.pause, 3_600_000),
    verbose: values.verbose,
  }
}

const whole = (name: string, given: string, most: number): number => {
  if (/^\d+$/.test(given) && Number(given) <= most) return Number(given)
  throw new TypeError(`--${name} is "${given}", expected a whole number from 0 to ${most}`)
}
