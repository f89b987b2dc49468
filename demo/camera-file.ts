import {
  type CallMethodResultOptions,
  DataType,
  type Namespace,
  StatusCodes,
  type Variant,
  VariantArrayType,
} from 'node-opcua'

/** Clients that forget to close keep no memory for ever. */
const MAX_HANDLES = 16

type Argument = readonly [name: string, dataType: DataType]

/**
 * A FileType (OPC UA Part 20 §4.2) below Objects that can be read. Whoever has opened it reads on in what it was then.
 * @returns what puts other bytes into it
 */
export const addReadableFile = (namespace: Namespace, name: string): ((bytes: Buffer) => void) => {
  const file = namespace.addObject({
    organizedBy: namespace.addressSpace.rootFolder.objects,
    browseName: name,
    nodeId: `s=${name}`,
    typeDefinition: 'FileType',
  })
  const size = namespace.addVariable({
    propertyOf: file,
    browseName: { name: 'Size', namespaceIndex: 0 },
    dataType: DataType.UInt64,
    minimumSamplingInterval: 0,
  })
  let content: Buffer = Buffer.alloc(0)
  let handles = 0
  const opened = new Map<number, { readonly content: Buffer; position: number }>()

  const bind = (
    method: string,
    inputs: readonly Argument[],
    outputs: readonly Argument[],
    run: (...inputs: readonly number[]) => CallMethodResultOptions,
  ): void => {
    const argument = ([argumentName, dataType]: Argument) => ({ name: argumentName, dataType })
    namespace
      .addMethod(file, {
        browseName: { name: method, namespaceIndex: 0 },
        inputArguments: inputs.map(argument),
        outputArguments: outputs.map(argument),
      })
      .bindMethod((values: Variant[], _context, answer) =>
        answer(null, run(...values.map(({ value }) => Number(value)))),
      )
  }
  const handle: Argument = ['FileHandle', DataType.UInt32]
  bind('Open', [['Mode', DataType.Byte]], [handle], (mode) => {
    if (mode !== 1) return { statusCode: StatusCodes.BadNotWritable }
    if (opened.size >= MAX_HANDLES) return { statusCode: StatusCodes.BadTooManyOperations }
    opened.set(++handles, { content, position: 0 })
    return { statusCode: StatusCodes.Good, outputArguments: [{ dataType: DataType.UInt32, value: handles }] }
  })
  bind(
    'Read',
    [handle, ['Length', DataType.Int32]],
    [['Data', DataType.ByteString]],
    (id = 0, length = 0) => {
      const reader = opened.get(id)
      if (!reader) return { statusCode: StatusCodes.BadInvalidArgument }
      const value = reader.content.subarray(reader.position, reader.position + length)
      reader.position += value.length
      return { statusCode: StatusCodes.Good, outputArguments: [{ dataType: DataType.ByteString, value }] }
    },
  )
  bind('Close', [handle], [], (id = 0) => ({
    statusCode: opened.delete(id) ? StatusCodes.Good : StatusCodes.BadInvalidArgument,
  }))
  return (bytes) => {
    content = bytes
    size.setValueFromSource({
      dataType: DataType.UInt64,
      arrayType: VariantArrayType.Scalar,
      value: [0, bytes.length],
    })
  }
}
