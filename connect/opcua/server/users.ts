import { createHash, timingSafeEqual } from 'node:crypto'
import type { ServerUser } from './types.ts'

/**
 * Whether name and password are those of a user. It takes the same time for every wrong pair: all users are compared, by digests
 * of one length.
 */
export const userCheck = (users: readonly ServerUser[]): ((name: string, password: string) => boolean) => {
  const known = users.map(digestOf)
  return (name, password) => {
    const given = digestOf({ name, password })
    return known.filter((one) => timingSafeEqual(one, given)).length > 0
  }
}

/** As JSON, so that no other pair gives the same text. */
const digestOf = ({ name, password }: ServerUser): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([name, password]))
    .digest()
