import { type DataValue, StatusCodes } from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import { gapBetween, isAfter, type Numbered, numberedFrom, steps } from './sequence.ts'
import { isBad, usable } from './status.ts'
import type { TriggerRule } from './types.ts'

/** A change by which the server says that there is a new image. */
export interface Announced {
  /** What the trigger said; null where the image announces itself. */
  readonly trigger: Numbered | null
  /** Numbers left out before it. */
  readonly missed: number
  /** The same for the same image, also in another session. */
  readonly key: string
  /** Forgets it, so that the same value announces the image again after a reconnect. */
  undo(): void
}

/** Tells new images from what a server says anew after every reconnect. */
export interface Announcer {
  /**
   * Takes one notification; null when it announces nothing.
   * @throws OPCUA_IMAGE_BAD, OPCUA_IMAGE_TYPE about the variable that announces
   */
  look(value: DataValue): Announced | null
  /** The image read turned out to be that of a later value than was announced; gives the numbers left out before it. */
  skipTo(value: Numbered): number
}

/** A trigger variable. Its first value announces nothing, unless the image that is there at the start is wanted. */
export const triggerAnnouncer = (rule: TriggerRule, atStart: boolean): Announcer => {
  let last: Numbered | null = null
  /** Values from `from` on up to `to` have been dealt with before they were announced. */
  let ahead: { readonly from: Numbered; readonly to: Numbered } | null = null

  return {
    look: (value) => {
      if (value.statusCode.equals(StatusCodes.BadWaitingForInitialData)) return null
      const found = numberedFrom(usable(value, 'the trigger variable'))
      demand(rule, found)
      if (ahead !== null && lies(found, ahead)) return null
      ahead = null
      const before = last
      last = found
      if (before === null) return atStart ? numbered(found, 0, () => (last = before)) : null
      if (!FIRES[rule](before, found)) return null
      return numbered(found, rule === 'rising' ? 0 : gapBetween(before, found), () => (last = before))
    },
    skipTo: (value) => {
      const from = last ?? value
      if (!isAfter(from, value)) return 0
      ahead = { from, to: value }
      last = value
      return gapBetween(from, value)
    },
  }
}

/**
 * An image that announces itself: by the source timestamp of its variable, or by the value of a file's LastModifiedTime or
 * Size. A server that gives no timestamp has every notification taken for a new image.
 */
export const changeAnnouncer = (keyOf: (value: DataValue) => string | null, atStart: boolean): Announcer => {
  let last: string | null | undefined
  return {
    look: (value) => {
      if (value.statusCode.equals(StatusCodes.BadWaitingForInitialData)) return null
      if (isEmpty(value)) {
        // Whatever comes now is new, also when it is the first.
        last ??= ''
        return null
      }
      const key = keyOf(usable(value, 'the image'))
      const before = last
      last = key
      const isNew = before === undefined ? atStart : key === null || key !== before
      return isNew ? announced(null, key ?? '', 0, () => (last = before)) : null
    },
    skipTo: () => 0,
  }
}

/** No image has been written yet: there is no first byte to announce it by. */
const isEmpty = ({ statusCode, value }: DataValue): boolean =>
  statusCode.equals(StatusCodes.BadIndexRangeNoData) || (!isBad(statusCode) && value.value === null)

const announced = (trigger: Numbered | null, key: string, missed: number, undo: () => void): Announced => ({
  trigger,
  key,
  missed,
  undo,
})

const numbered = (trigger: Numbered, missed: number, undo: () => void): Announced =>
  announced(trigger, String(trigger.shown), missed, undo)

const FIRES: Record<TriggerRule, (before: Numbered, now: Numbered) => boolean> = {
  change: (before, now) => before.shown !== now.shown,
  rising: (before, now) => before.shown === false && now.shown === true,
  increase: isAfter,
}

const demand = (rule: TriggerRule, { dataType, shown, integer }: Numbered): void => {
  const fits = {
    change: true,
    rising: typeof shown === 'boolean',
    increase: integer !== null || typeof shown === 'number' || dataType === 'DateTime',
  }[rule]
  if (fits) return
  throw codedError(
    'OPCUA_IMAGE_TYPE',
    `the trigger variable holds ${dataType}, and the rule "${rule}" expects ${rule === 'rising' ? 'a Boolean' : 'a number or a DateTime'}. ` +
      'Choose another variable, or the rule "change".',
  )
}

const lies = (value: Numbered, { from, to }: { readonly from: Numbered; readonly to: Numbered }): boolean => {
  const [whole, part] = [steps(from, to), steps(from, value)]
  return whole !== null && part !== null && part >= 0n && part <= whole
}
