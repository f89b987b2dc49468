import { createServer } from 'node:net'
import { freePort } from './node-red.ts'

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })

/** The port asked for; without one the usual port where nobody has it, else any free one, and says so. */
export const portFor = async (
  what: string,
  asked: number | undefined,
  usual: number,
  say: (line: string) => void,
): Promise<number> => {
  if (asked !== undefined) return asked || freePort()
  if (await isFree(usual)) return usual
  const port = await freePort()
  say(`Port ${usual} is in use: ${what} takes ${port}.`)
  return port
}
