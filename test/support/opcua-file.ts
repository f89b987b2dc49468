import {
  type CallMethodResultOptions,
  DataType,
  type Namespace,
  StatusCodes,
  type UAMethod,
  type UAObject,
  type UAVariable,
  type Variant,
  VariantArrayType,
} from 'node-opcua'

/** A FileType (OPC UA Part 20 §4.2) of a test server, made of an address space's plain means. */
export interface ServedFile {
  readonly nodeId: string
  /** As a camera does that writes a new image. */
  write(bytes: Buffer, modified?: Date): void
  readonly calls: readonly string[]
  /** Handles that were opened and not closed. */
  openHandles(): number
  /** What Read asked for, in bytes. */
  readonly lengths: readonly number[]
  /** Runs before each Read; what it gives is answered instead. */
  beforeRead: (() => Partial<CallMethodResultOptions> | null) | null
}

export interface FileOptions {
  readonly name: string
  readonly bytes: Buffer
  readonly maxByteStringLength?: number
  readonly withModified?: boolean
  /** What Size says; by default the truth. */
  readonly size?: number
}

const GOOD = StatusCodes.Good

/** Puts a file into the Objects folder, `ns=1;s=NAME`. */
export const addFile = (namespace: Namespace, options: FileOptions): ServedFile => {
  const { addressSpace } = namespace
  const file = namespace.addObject({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: options.name,
    nodeId: `s=${options.name}`,
    typeDefinition: 'FileType',
  })
  const property = (browseName: string, dataType: DataType): UAVariable =>
    namespace.addVariable({
      propertyOf: file,
      browseName: { name: browseName, namespaceIndex: 0 },
      dataType,
      minimumSamplingInterval: 0,
    })
  const size = property('Size', DataType.UInt64)
  const modified = options.withModified === false ? null : property('LastModifiedTime', DataType.DateTime)
  if (options.maxByteStringLength !== undefined)
    property('MaxByteStringLength', DataType.UInt32).setValueFromSource({
      dataType: DataType.UInt32,
      value: options.maxByteStringLength,
    })

  let content = options.bytes
  const write = (bytes: Buffer, at = new Date()): void => {
    content = bytes
    const value = [0, options.size ?? bytes.length]
    size.setValueFromSource({ dataType: DataType.UInt64, arrayType: VariantArrayType.Scalar, value })
    modified?.setValueFromSource({ dataType: DataType.DateTime, value: at })
  }
  write(options.bytes)

  const calls: string[] = []
  const lengths: number[] = []
  const positions = new Map<number, number>()
  let handles = 0
  const served: ServedFile = {
    nodeId: file.nodeId.toString(),
    write,
    calls,
    lengths,
    openHandles: () => positions.size,
    beforeRead: null,
  }

  bind(file, 'Open', [['Mode', DataType.Byte]], [['FileHandle', DataType.UInt32]], ([mode]) => {
    calls.push('Open')
    if (mode !== 1) return { statusCode: StatusCodes.BadNotWritable }
    positions.set(++handles, 0)
    return { statusCode: GOOD, outputArguments: [{ dataType: DataType.UInt32, value: handles }] }
  })
  const readArguments: Argument[] = [
    ['FileHandle', DataType.UInt32],
    ['Length', DataType.Int32],
  ]
  bind(file, 'Read', readArguments, [['Data', DataType.ByteString]], ([handle, length]) => {
    calls.push('Read')
    lengths.push(Number(length))
    const instead = served.beforeRead?.()
    if (instead) return instead
    const from = positions.get(Number(handle))
    if (from === undefined) return { statusCode: StatusCodes.BadInvalidArgument }
    const value = content.subarray(from, from + Number(length))
    positions.set(Number(handle), from + value.length)
    return { statusCode: GOOD, outputArguments: [{ dataType: DataType.ByteString, value }] }
  })
  bind(file, 'Close', [['FileHandle', DataType.UInt32]], [], ([handle]) => {
    calls.push('Close')
    return { statusCode: positions.delete(Number(handle)) ? GOOD : StatusCodes.BadInvalidArgument }
  })
  return served
}

type Argument = readonly [name: string, dataType: DataType]

/** Gives the file a method of its own, as a server does that was not generated from the nodeset. */
const bind = (
  file: UAObject,
  name: string,
  inputs: readonly Argument[],
  outputs: readonly Argument[],
  run: (inputs: readonly unknown[]) => CallMethodResultOptions,
): UAMethod => {
  const argument = ([name, dataType]: Argument) => ({ name, dataType })
  const method = file.namespace.addMethod(file, {
    browseName: { name, namespaceIndex: 0 },
    inputArguments: inputs.map(argument),
    outputArguments: outputs.map(argument),
  })
  method.bindMethod((values: Variant[], _context, answer) =>
    answer(null, run(values.map(({ value }) => value as unknown))),
  )
  return method
}
