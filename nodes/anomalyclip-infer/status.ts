import type { EngineStatus, LoadStep } from '../../engine/index.ts'
import type { NodeStatus } from '../wiring/index.ts'

/** What a start is busy with. The first image is warm-up and comparison with the reference in one. */
const STEPS = {
  reading: 'checking files',
  loading: 'loading',
  checking: 'warming up',
} satisfies Record<LoadStep, string>

/**
 * The dot under the node: green with images a second, q = waiting, d = dropped by a full queue, r = restarts of
 * the inference process, both since the start, the latter only when there were any; yellow
 * while the inference process starts, with what it is busy with; yellow with the device in front when it runs on another one than the first choice;
 * red with the error's code when the model has failed or its server is away.
 */
export const dotFor = (status: EngineStatus): NodeStatus => {
  const { state, step, device, loaded, rate, queued, dropped, restarts, lastError } = status
  switch (state) {
    case 'ready': {
      // The yellow of a restart may last less than a look; the count stays.
      const restarted = restarts > 0 ? ` r${short(restarts)}` : ''
      const counts = `${short(rate, 1)}/s q${short(queued)} d${short(dropped)}${restarted}`
      return loaded === null || loaded.passedOver.length === 0
        ? { fill: 'green', shape: 'dot', text: counts }
        : { fill: 'yellow', shape: 'dot', text: `${device} ${counts}` }
    }
    case 'starting':
    case 'restarting': {
      const doing = step === null ? state : STEPS[step]
      return { fill: 'yellow', shape: 'ring', text: queued > 0 ? `${doing} q${short(queued)}` : doing }
    }
    case 'away':
    case 'failed':
      return { fill: 'red', shape: 'ring', text: lastError?.match(/^[A-Z_]+(?=: )/)?.[0] ?? state }
    case 'closed':
      return { fill: 'grey', shape: 'ring', text: state }
  }
}

/** At most four characters, so that three of them fit into a status. */
const short = (count: number, digits = 0): string => {
  if (count >= 1e6) return `${Math.floor(count / 1e6)}M`
  if (count >= 1e4) return `${Math.floor(count / 1e3)}k`
  return count.toFixed(count >= 100 ? 0 : digits)
}
