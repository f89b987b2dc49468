import { setDebugLogger, setErrorLogger, setWarningLogger } from 'node-opcua'

/**
 * node-opcua prints what it thinks of certificates, time-outs and lost connections on the console. Whatever matters of it
 * reaches the caller as an error with a code, so it is silenced; who looks for a fault in node-opcua itself sets the
 * variable that it reads anyway.
 */
export const quietNodeOpcua = (): void => {
  if (process.env.NODEOPCUA_LOG_LEVEL !== undefined) return
  const nowhere = (): void => {}
  setDebugLogger(nowhere)
  setWarningLogger(nowhere)
  setErrorLogger(nowhere)
}
