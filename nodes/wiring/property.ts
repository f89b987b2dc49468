import { codedError, messageOf } from '../../errors/index.ts'
import type { Message, Node, NodeAPI, TypedProperty } from './types.ts'

/**
 * Looks a typedInput property up: `msg`, `flow`, `global`, `str` and whatever else the field offers. Undefined when
 * nothing is there, also where a step on the way is missing (`msg.a.b` without `msg.a`).
 * Message properties and text are there in the next microtask, so messages keep their order.
 * @throws NODE_PROPERTY when the expression itself is wrong or a context store fails
 */
export const readProperty = (
  RED: NodeAPI,
  node: Node,
  property: TypedProperty,
  msg: Message,
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const refuse = (thrown: unknown): void =>
      // Node-RED's walk reads a key of undefined where a step is missing.
      thrown instanceof TypeError
        ? resolve(undefined)
        : reject(
            codedError(
              'NODE_PROPERTY',
              `${property.type}.${property.value} cannot be read: ${messageOf(thrown)}. Correct the property in the node.`,
              { cause: thrown },
            ),
          )
    try {
      RED.util.evaluateNodeProperty(property.value, property.type, node, msg, (error, found: unknown) =>
        error ? refuse(error) : resolve(found),
      )
    } catch (thrown) {
      refuse(thrown)
    }
  })

/**
 * A typedInput property that is to be text (a key, a topic, a source).
 * Numbers and booleans are written out; undefined, null and '' give the fallback.
 * @throws NODE_PROPERTY when an object or the like is found
 */
export const readText = async (
  RED: NodeAPI,
  node: Node,
  property: TypedProperty,
  msg: Message,
  fallback: string,
): Promise<string> => {
  const found = await readProperty(RED, node, property, msg)
  if (found === undefined || found === null || found === '') return fallback
  if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean')
    return String(found)
  throw codedError(
    'NODE_PROPERTY',
    `${property.type}.${property.value} holds ${Array.isArray(found) ? 'an array' : `a ${typeof found}`}, expected text. ` +
      'Choose another property in the node.',
  )
}
