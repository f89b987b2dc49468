import { messageOf } from '../../../errors/index.ts'
import { endsSession } from './errors.ts'
import { statusNameOf } from './status-code.ts'

export interface WatchdogOptions {
  readonly ask: () => Promise<void>
  readonly everyMs: number
  /** Without a sign of life for so long, while a question is open, the server is taken for gone. */
  readonly limitMs: number
  readonly onAnswer: () => void
  /** Once at most. */
  readonly onDead: (why: string, cause?: unknown) => void
}

export interface Watchdog {
  /** Something has come from the server. */
  readonly heard: () => void
  readonly stop: () => void
}

/** Asks the server again and again whether it is still there: a cable that was pulled says nothing by itself. */
export const startWatchdog = ({ ask, everyMs, limitMs, onAnswer, onDead }: WatchdogOptions): Watchdog => {
  let stopped = false
  let pause: NodeJS.Timeout
  let silence: NodeJS.Timeout | null = null
  const stop = (): void => {
    stopped = true
    clearTimeout(pause)
    if (silence) clearTimeout(silence)
    silence = null
  }
  const die = (why: string, cause?: unknown): void => {
    if (stopped) return
    stop()
    onDead(why, cause)
  }
  /** After a turn of the event loop: had this process itself been held up, the answer would lie in the socket already. */
  const onSilence = (): void => {
    const checked = silence
    setImmediate(() => {
      if (silence !== null && silence === checked) die(`it has been silent for ${limitMs / 1000} s`)
    })
  }
  const heard = (): void => {
    if (silence === null) return
    clearTimeout(silence)
    silence = setTimeout(onSilence, limitMs)
  }
  const question = async (): Promise<void> => {
    silence = setTimeout(onSilence, limitMs)
    try {
      await ask()
    } catch (thrown) {
      const status = statusNameOf(thrown)
      if (endsSession(thrown) || status === null) return die(status ?? messageOf(thrown), thrown)
      // Refused, but answered.
    }
    if (stopped) return
    clearTimeout(silence)
    silence = null
    onAnswer()
    schedule()
  }
  const schedule = (): void => {
    pause = setTimeout(() => void question(), everyMs)
  }
  schedule()
  return { heard, stop }
}
