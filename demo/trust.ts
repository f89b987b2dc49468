import type { Pki } from '../connect/opcua/pki/index.ts'

/**
 * Makes each side trust the other's certificate. On a real line a person compares thumbprints first: here both sides are ours, on
 * one machine.
 */
export const befriend = async (one: Pki, other: Pki): Promise<void> => {
  await trust(one, other)
  await trust(other, one)
}

const trust = async (who: Pki, whom: Pki): Promise<void> => {
  // Known before it can be trusted.
  const { trusted } = await who.isTrusted(whom.own.der)
  if (!trusted) await who.trust(whom.own.facts.thumbprint)
}
