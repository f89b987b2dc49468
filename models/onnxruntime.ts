/**
 * The one door to onnxruntime. Its Linux builds send telemetry unless told not to before the first session is made
 * (microsoft/onnxruntime#27379); a box on a factory floor calls nobody that a flow did not ask for.
 */
process.env.ORT_DISABLE_TELEMETRY = '1'

export { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node'
