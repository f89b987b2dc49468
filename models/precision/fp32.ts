import { add, matMul } from '../graph/ops/index.ts'
import { NO_BALANCE, type Precision } from './precision.ts'
import { transposed } from './transposed.ts'

/** As the weights were published, widened to float32. */
export const FP32: Precision = {
  name: 'fp32',
  type: 'float32',
  balance: NO_BALANCE,
  linear: (x, { name, biasName, inputs, outputs, rows, bias }) => {
    const { graph } = x
    const weight = graph.weight(`${name}.T`, [inputs, outputs], async () => transposed(await rows(), inputs))
    return add(matMul(x, weight), graph.weight(biasName, [outputs], bias))
  },
}
