import type { NodeDef } from '../wiring/index.ts'

/** What the editor saves; everything is read by its field's name, as flows of earlier packages lack many. */
export interface AnomalyEventConfig extends NodeDef {
  /** '' = the message's topic stays. */
  readonly topic?: string
}
