import {
  AccessLevelFlag,
  DataType,
  type DataValue,
  type Namespace,
  StatusCodes,
  type UAObject,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua'
import { EMPTY, type FlatVariable, GROUPS, type Scalar, type ScalarType } from './table.ts'

/** A variable of the address space, and what it may hold. */
export interface Place {
  readonly variable: UAVariable
  readonly type: ScalarType
}

export type Places = {
  readonly [Group in keyof typeof GROUPS]: Readonly<Record<keyof (typeof GROUPS)[Group]['variables'], Place>>
}

/** Large values are looked at less often, whatever a client asks for: each look compares all of it. */
const SLOW_SAMPLING_MS = 250

/**
 * Makes the variables of a station below its folder, all of them with a good value from the start. Their node ids are
 * `s=STATION.GROUP.NAME`, the same after every restart.
 */
export const addVariables = (namespace: Namespace, station: UAObject, historyLength: number): Places => {
  const name = station.browseName.name ?? ''
  const groups = Object.entries(GROUPS).map(([group, { text, variables }]) => {
    const folder = namespace.addFolder(station, {
      browseName: group,
      nodeId: `s=${name}.${group}`,
      description: { text, locale: 'en' },
    })
    const add = addTo(namespace, folder, { writable: group === 'Control', historyLength })
    const places = Object.entries<FlatVariable>(variables).map(([own, variable]) => [own, add(own, variable)])
    return [group, Object.fromEntries(places)]
  })
  return Object.fromEntries(groups) as Places
}

const addTo =
  (namespace: Namespace, folder: UAObject, shape: { writable: boolean; historyLength: number }) =>
  (name: string, { type, text, rows }: FlatVariable): Place => {
    const access = AccessLevelFlag.CurrentRead | (shape.writable ? AccessLevelFlag.CurrentWrite : 0)
    const variable = namespace.addVariable({
      componentOf: folder,
      browseName: name,
      nodeId: `s=${String(folder.nodeId.value)}.${name}`,
      description: { text, locale: 'en' },
      dataType: type,
      ...(rows ? { valueRank: 1, arrayDimensions: [shape.historyLength] } : { valueRank: -1 }),
      accessLevel: access,
      userAccessLevel: access,
      // 0: who asks for the fastest rate is told of every change instead of being sampled for.
      minimumSamplingInterval: rows || type === 'ImageJPG' ? SLOW_SAMPLING_MS : 0,
    })
    const place = { variable, type }
    if (rows) setRows(place, [], shape.historyLength)
    else set(place, EMPTY[type])
    return place
  }

export const set = ({ variable, type }: Place, value: Scalar): void => {
  const own = value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : value
  variable.setValueFromSource(new Variant({ dataType: basicType(type), value: own }), StatusCodes.Good)
}

/** Filled up with empty elements: PLCs want arrays of one length. */
export const setRows = ({ variable, type }: Place, values: readonly Scalar[], length: number): void => {
  const value = Array.from({ length }, (_, index) => values[index] ?? EMPTY[type])
  variable.setValueFromSource(
    new Variant({ dataType: basicType(type), arrayType: VariantArrayType.Array, value }),
    StatusCodes.Good,
  )
}

/** What stands there now. */
export const readPlace = ({ variable }: Place): unknown => dataOf(variable.readValue())

/** A client may write a bad status: then nothing is said, and least of all "inspect". */
export const dataOf = ({ statusCode, value }: DataValue): unknown => (statusCode.isBad() ? null : value.value)

const basicType = (type: ScalarType): DataType => DataType[type === 'ImageJPG' ? 'ByteString' : type]
