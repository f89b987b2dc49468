import { createHash, timingSafeEqual } from 'node:crypto'
import type { UserManagerOptions } from 'node-opcua'
import { factsOf } from '../pki/index.ts'
import { slowGuesses } from './guesses.ts'
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

/** The same as node-opcua asks for it; the log hears of every refusal. */
export const userManager = (
  users: readonly ServerUser[],
  log: (text: string) => void,
): UserManagerOptions => {
  const check = slowGuesses({
    isUser: userCheck(users),
    onRefused: (client) => log(`${client} was refused: no user has this name and this password`),
  })
  return {
    isValidUserAsync(name, password, answer) {
      check(clientOf(this.channel?.clientCertificate), name, password).then(
        (isUser) => answer(null, isUser),
        (thrown) => answer(thrown),
      )
    },
  }
}

/** Names are the client's to choose, and some people type passwords there. */
const clientOf = (certificate: Buffer | null | undefined): string =>
  certificate?.length
    ? `an OPC UA client with the certificate ${factsOf(certificate).thumbprint}`
    : 'an OPC UA client without a certificate'

/** As JSON, so that no other pair gives the same text. */
const digestOf = ({ name, password }: ServerUser): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([name, password]))
    .digest()
