import { DataType } from 'node-opcua'
import type { Pki } from '../connect/opcua/pki/index.ts'
import { addReadableFile } from './camera-file.ts'
import { addScalar, startSimulatedServer } from './opcua-server.ts'

/** A camera with an OPC UA server. */
export interface CameraServer {
  readonly url: string
  /** What lies before the lens; PNG or JPEG. */
  place(scene: Buffer): void
  /** Takes a picture, as its trigger input does: image and file first, then the number. */
  trigger(): void
  close(): Promise<void>
}

/**
 * Starts the camera: `Camera.Image` (ByteString), `Camera.File` (FileType) with the same bytes, `Camera.Sequence` (UInt32, the number of
 * the picture), and `Camera.Trigger` (Boolean), whose rising edge takes a picture for whoever writes it.
 */
export const startCameraServer = async (port: number, pki: Pki): Promise<CameraServer> => {
  let scene: Buffer = Buffer.alloc(0)
  let sequence = 0
  let trigger = (): void => {}
  const { url, close } = await startSimulatedServer({
    name: 'Simulated camera',
    chunkBytes: 65_536,
    port,
    pki,
    build: (namespace) => {
      const image = addScalar(namespace, 'Camera.Image', 'ByteString', false)
      const number = addScalar(namespace, 'Camera.Sequence', 'UInt32', false)
      const input = addScalar(namespace, 'Camera.Trigger', 'Boolean', true)
      const writeFile = addReadableFile(namespace, 'Camera.File')
      trigger = () => {
        writeFile(scene)
        image.setValueFromSource({ dataType: DataType.ByteString, value: scene })
        number.setValueFromSource({ dataType: DataType.UInt32, value: ++sequence })
      }
      number.setValueFromSource({ dataType: DataType.UInt32, value: 0 })
      input.setValueFromSource({ dataType: DataType.Boolean, value: false })
      let stood = false
      input.on('value_changed', ({ value }) => {
        const stands = value.value === true
        if (stands && !stood) trigger()
        stood = stands
      })
    },
  })
  return {
    url,
    place: (next) => {
      scene = next
    },
    trigger: () => trigger(),
    close,
  }
}
