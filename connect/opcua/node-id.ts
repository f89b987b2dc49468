import { type NodeId, resolveNodeId } from 'node-opcua'
import { codedError, shown } from '../../errors/index.ts'

/** Part 6 §5.3.1.10: namespace index, then numeric, string, GUID or opaque identifier. */
const NODE_ID =
  /^(?:ns=(?<namespace>\d{1,5});)?(?:i=(?<number>\d{1,10})|s=.+|g=[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|b=[\d+/a-z]+=*)$/is

/**
 * A node id from its text.
 * @param what names it in the error: `the image`
 * @throws OPCUA_NODE_ID
 */
export const nodeIdFrom = (text: string, what: string): NodeId => {
  const { namespace = '0', number = '0' } = NODE_ID.exec(text.trim())?.groups ?? { namespace: '-1' }
  const isIn = (value: string, bits: number): boolean => Number(value) >= 0 && Number(value) < 2 ** bits
  if (isIn(namespace, 16) && isIn(number, 32)) return resolveNodeId(text.trim())
  throw codedError(
    'OPCUA_NODE_ID',
    `the node id of ${what} is ${shown(text)}, expected text like ns=2;s=Camera.Image or ns=2;i=1234. ` +
      'Choose the node in the editor, or copy its id from a client of the server.',
  )
}
