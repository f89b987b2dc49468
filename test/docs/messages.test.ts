import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventOf, readEventSettings } from '../../inspection/event/index.ts'
import type { Anomaly, EncodedMask } from '../../inspection/types.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/messages.md'), 'utf8')

describe('docs/messages.md', () => {
  it('shows a message and the event that is made of it', () => {
    const [msg, event] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text!))
    const { anomaly, mask } = msg as { anomaly: Anomaly; mask: EncodedMask }
    const settings = readEventSettings({ source: event.source }, '/unused')
    assert.deepEqual(eventOf({ anomaly, mask }, settings), event)
  })
})
