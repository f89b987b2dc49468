import { createServer } from 'node:net'
import { freePort } from './node-red.ts'

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })

/** The port asked for where nobody has it, else any free one, and says so. @param asked 0 = any free one */
export const portFor = async (what: string, asked: number, say: (line: string) => void): Promise<number> => {
  if (asked === 0) return freePort()
  if (await isFree(asked)) return asked
  const port = await freePort()
  say(`Port ${asked} is in use: ${what} takes ${port}.`)
  return port
}
