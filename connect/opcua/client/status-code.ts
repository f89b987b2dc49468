import { StatusCodes } from 'node-opcua'

/**
 * The name of the OPC UA status code that an error of node-opcua carries, or null. It stands in a fault's header, in a
 * property, or only in the words.
 * @example statusNameOf(new Error('ServiceResult is BadUserAccessDenied (0x801f0000) request was …')) // 'BadUserAccessDenied'
 */
export const statusNameOf = (thrown: unknown): string | null => {
  if (!(thrown instanceof Error)) return null
  const { statusCode, response } = thrown as { statusCode?: Named; response?: Faulty }
  const named = statusCode?.name ?? response?.responseHeader?.serviceResult?.name
  if (named?.startsWith('Bad')) return named
  const words = thrown.message.match(/\bBad[A-Z]\w+/g) ?? []
  return words.find((word) => word in StatusCodes) ?? null
}

interface Named {
  readonly name?: string
}

interface Faulty {
  readonly responseHeader?: { readonly serviceResult?: Named }
}
