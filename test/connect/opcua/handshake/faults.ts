import { LEVELS, QUIET_PLC } from '../../../../connect/opcua/handshake/index.ts'
import { MACHINE, type Machine } from './world.ts'

const { resume, step, signalsOf, stepsBetween } = MACHINE

/** Deliberate faults, each of a kind that a change of the machine could bring in. */
export const FAULTS: Readonly<Record<string, { readonly machine: Machine; readonly finds: RegExp }>> = {
  'claims that rise before their data': {
    machine: { ...MACHINE, stepsBetween: (before, after) => stepsBetween(before, after).toReversed() },
    finds: /ended otherwise|data change/,
  },
  'a JobPass that believes an undecided verdict': {
    machine: {
      ...MACHINE,
      signalsOf: (state) => {
        const first = state.presenting ? state.results[0] : undefined
        return {
          ...signalsOf(state),
          jobPass: first?.outcome.kind === 'verdict' && first.outcome.pass,
        }
      },
    },
    finds: /level \d passes|ended otherwise/,
  },
  'a JobPass that outlives its part': {
    machine: { ...MACHINE, signalsOf: (state) => ({ ...signalsOf(state), jobPass: true }) },
    finds: /JobPass stands beside Error|passes|ended otherwise/,
  },
  'a ResultsAck that counts as long as it stands': {
    machine: {
      ...MACHINE,
      step: (state, input) => {
        const [after, effects] = step({ ...state, plc: { ...state.plc, resultsAck: false } }, input)
        return [{ ...after, presenting: after.acquiring === null && after.results.length > 0 }, effects]
      },
    },
    finds: /lost unread/,
  },
  'a result that falls when the next trigger comes': {
    machine: {
      ...MACHINE,
      step: (state, input) =>
        step(
          input.type === 'plc' && input.plc.triggerEnable
            ? { ...state, results: [], presenting: false }
            : state,
          input,
        ),
    },
    finds: /falls without|never answered|leaves twice|stands still/,
  },
  'triggers that are taken while an inspection is under way': {
    machine: {
      ...MACHINE,
      step: (state, input) => step(input.type === 'plc' ? { ...state, acquiring: null } : state, input),
    },
    finds: /second acquisition|stands still|neither taken/,
  },
  'missed triggers that nobody counts': {
    machine: {
      ...MACHINE,
      step: (state, input) => {
        const [after, effects] = step(state, input)
        return [{ ...after, missed: state.missed }, effects]
      },
    },
    finds: /miscounted/,
  },
  'numbers that begin anew with the process': {
    machine: { ...MACHINE, resume: (rules, left) => resume(rules, { ...left, acquisitionId: 0 }) },
    finds: /given twice|is shown after|ends twice/,
  },
  'a restart that takes what stands for new': {
    machine: { ...MACHINE, resume: (rules, left) => resume(rules, { ...left, plc: QUIET_PLC, shown: null }) },
    finds: /lost unread|neither taken nor counted/,
  },
  'errors that are never shown': {
    machine: {
      ...MACHINE,
      signalsOf: (state) => ({ ...signalsOf(state), error: false, errorCode: 0, inspectionCompleted: false }),
    },
    finds: /stands still/,
  },
  'a result nobody asked for, shown to a PLC that waits for another': {
    machine: {
      ...MACHINE,
      step: (state, input) => {
        const [after, effects] = step({ ...state, unasked: [] }, input)
        const { resultsAck, clearError } = after.plc
        return [{ ...after, presenting: after.results.length > 0 && !resultsAck && !clearError }, effects]
      },
    },
    finds: /gets the result of|stands beside Busy|is shown after/,
  },
  'a score of an inspection that has none': {
    machine: {
      ...MACHINE,
      signalsOf: (state) => ({ ...signalsOf(state), level: LEVELS.ok }),
    },
    finds: /ended otherwise/,
  },
}
