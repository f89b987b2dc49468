import { join } from 'node:path'
import { openPki } from '../connect/opcua/pki/index.ts'
import { pkiFolderOf } from '../nodes/opcua-connection/settings.ts'
import { type CameraServer, startCameraServer } from './camera-server.ts'
import type { DemoOptions } from './options.ts'
import { type Plc, startPlc } from './plc.ts'
import { portFor } from './ports.ts'
import { befriend } from './trust.ts'

/** The simulated devices of the line, with their OPC UA servers. */
export interface SimulatedPlant {
  readonly plc: Plc
  readonly camera: CameraServer
  readonly visionPort: number
  /** Certificates of the PLC where it is a client. */
  readonly plcPkiFolder: string
  /** What the flow refers to. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Starts them before Node-RED, with certificates that trust each other in the user folder. */
export const startPlant = async (
  options: DemoOptions,
  say: (line: string) => void,
): Promise<SimulatedPlant> => {
  const folderOf = (device: string): string => join(options.userDir, 'simulated', device)
  await using ending = new AsyncDisposableStack()
  const pkiOf = async (folder: string, hostname?: string) => {
    const pki = await openPki(folder, hostname === undefined ? {} : { hostname })
    ending.defer(() => pki.close())
    return pki
  }
  const boxAsClient = await pkiOf(pkiFolderOf(options.userDir, 'client'))
  const boxAsServer = await pkiOf(pkiFolderOf(options.userDir, 'server'))
  const plcPki = await pkiOf(folderOf('plc'), 'simulated-plc')
  const cameraPki = await pkiOf(folderOf('camera'), 'simulated-camera')
  const plcPkiFolder = folderOf('plc-client')
  const plcAsClient = await pkiOf(plcPkiFolder, 'simulated-plc-client')
  await befriend(boxAsClient, plcPki)
  await befriend(boxAsClient, cameraPki)
  await befriend(boxAsServer, plcAsClient)

  const plcPort = await portFor('the simulated PLC', options.plcPort, say)
  const plc = await startPlc(plcPort, plcPki)
  ending.defer(() => plc.close())
  const cameraPort = await portFor('the simulated camera', options.cameraPort, say)
  const camera = await startCameraServer(cameraPort, cameraPki)
  ending.defer(() => camera.close())
  const visionPort = await portFor("Node-RED's OPC UA server", options.visionPort, say)

  const started = ending.move()
  return {
    plc,
    camera,
    visionPort,
    plcPkiFolder,
    env: {
      ANOMALYCLIP_DEMO_PLC_PORT: String(plcPort),
      ANOMALYCLIP_DEMO_CAMERA_PORT: String(cameraPort),
      ANOMALYCLIP_DEMO_VISION_PORT: String(visionPort),
    },
    close: () => started.disposeAsync(),
  }
}
