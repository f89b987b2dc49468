/** What the PLC sees of the box; names as docs/opcua-handshake.md has them. */
export interface BoxView {
  readonly TriggerReady: boolean
  readonly TriggerAck: boolean
  readonly ResultsValid: boolean
  readonly Error: boolean
  readonly ErrorCode: number
  readonly JobPass: boolean
  readonly Score: number
  readonly Threshold: number
  readonly Level: number
  readonly AcquisitionId: number
}

export interface Control {
  readonly TriggerEnable: boolean
  readonly Trigger: boolean
  readonly JobId: string
  readonly ResultsAck: boolean
  readonly ClearError: boolean
}

/** How the program reaches the signals: in its own memory where the PLC is the server, over the network where it is the client. */
export interface PlcSignals {
  set(changes: Partial<Control>): Promise<void>
  /** Waits for what is asked for, and gives what was seen then. @throws AbortError */
  until(isSo: (box: BoxView) => boolean, signal: AbortSignal): Promise<BoxView>
  /** All of it, as it stands now. What is watched comes bit by bit: ResultsValid may be known before the data it is about. */
  read(): Promise<BoxView>
}

/** What the PLC makes of one part. */
export interface PartResult extends BoxView {
  /** From Trigger to ResultsValid or Error. */
  readonly ms: number
}

const hasEnded = ({ ResultsValid, Error: failed }: BoxView): boolean => ResultsValid || failed

/** Waits until the box takes triggers, however long it takes to start. */
export const untilReady = async (plc: PlcSignals, signal: AbortSignal): Promise<void> => {
  await plc.until(() => true, signal)
  await plc.set({ TriggerEnable: true })
  await plc.until((box) => box.TriggerReady || hasEnded(box), signal)
}

/** One part: the program of the PLC, step by step. */
export const inspectPart = async (
  plc: PlcSignals,
  jobId: string,
  signal: AbortSignal,
): Promise<PartResult> => {
  // What an earlier run has left unread is not this part's.
  while (hasEnded(await plc.until((box) => box.TriggerReady || hasEnded(box), signal)))
    await acknowledge(plc, signal)

  await plc.set({ JobId: jobId })
  const start = performance.now()
  await plc.set({ Trigger: true })
  await plc.until(({ TriggerAck }) => TriggerAck, signal)
  // A PLC goes on looking while it writes.
  const dropped = plc.set({ Trigger: false })
  await plc.until(hasEnded, signal)
  const ms = performance.now() - start
  await dropped
  const result = await plc.read()
  await acknowledge(plc, signal)
  return { ...result, ms }
}

const acknowledge = async (plc: PlcSignals, signal: AbortSignal): Promise<void> => {
  const { Error: failed } = await plc.until(hasEnded, signal)
  const answer = failed ? 'ClearError' : 'ResultsAck'
  await plc.set({ [answer]: true })
  await plc.until((box) => !hasEnded(box), signal)
  await plc.set({ [answer]: false })
}
