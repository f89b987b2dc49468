import { DataType, type DataValue, VariantArrayType } from 'node-opcua'
import { codedError } from '../../../errors/index.ts'

/** Subtypes of ByteString in namespace 0 (Part 3 §8.19, Part 5 §12.2.11): on the wire they are all ByteStrings. */
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  'ns=0;i=30': 'Image',
  'ns=0;i=2000': 'ImageBMP',
  'ns=0;i=2001': 'ImageGIF',
  'ns=0;i=2002': 'ImageJPG',
  'ns=0;i=2003': 'ImagePNG',
}

/** What the value is, in the words of the standard: `ByteString`, `ImageJPG`, `Byte[]`. */
export const typeOf = ({ value }: DataValue, declared?: DataValue): string => {
  const name = DataType[value.dataType] ?? String(value.dataType)
  if (value.arrayType === VariantArrayType.Matrix) return `${name}[,]`
  if (value.arrayType === VariantArrayType.Array) return `${name}[]`
  return (value.dataType === DataType.ByteString && IMAGE_TYPES[String(declared?.value?.value)]) || name
}

/**
 * The bytes that a variable holds, without copying them; null for no value at all.
 * @throws OPCUA_IMAGE_TYPE
 */
export const bytesOf = (dataValue: DataValue, what: string): Buffer | null => {
  const { dataType, arrayType, value }: { dataType: DataType; arrayType: VariantArrayType; value: unknown } =
    dataValue.value
  if (dataType === DataType.Null || value === null || value === undefined) return null
  const isImage =
    (dataType === DataType.ByteString && arrayType === VariantArrayType.Scalar) ||
    (dataType === DataType.Byte && arrayType === VariantArrayType.Array)
  if (isImage && ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (isImage && Array.isArray(value)) return Buffer.from(value)
  throw codedError(
    'OPCUA_IMAGE_TYPE',
    `${what} holds ${typeOf(dataValue)}, expected a ByteString (or Image, ImageJPG, ImagePNG, ImageBMP, ImageGIF) or a ` +
      'one-dimensional array of Byte. Choose the variable that holds the image.',
  )
}
