/** Looks at images one after the other, until the process that asks is gone. */
import { toWire } from '../engine/wire-error.ts'
import { type Asked, lookAt } from './look-at.ts'

process.on('message', (asked: Asked) => {
  lookAt(asked).then(
    (looked) => process.send?.({ looked }),
    (thrown: unknown) => process.send?.({ error: toWire(thrown, 'IMAGE_DAMAGED') }),
  )
})
process.on('disconnect', () => process.exit())
