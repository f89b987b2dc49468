import Mocha from 'mocha'

const { Base, Spec } = Mocha.reporters

/** Mocha's own report, closed by one line that a machine can read: `N passed, N failed`, then `, N skipped` if any were. */
export default class SummaryReporter extends Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options)
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => Base.consoleLog(summaryOf(this.stats)))
  }
}

const summaryOf = ({ passes, failures, pending }: Mocha.Stats): string =>
  [`${passes} passed`, `${failures} failed`, ...(pending > 0 ? [`${pending} skipped`] : [])].join(', ')
