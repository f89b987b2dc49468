import { defineCommand } from '../command.ts'
import { writeReport } from '../evaluate/report.ts'

export const report = defineCommand({
  name: 'report',
  summary: 'make the page of an evaluation anew',
  usage: ['report [OUTPUT]'],
  about: `OUTPUT is the folder that "evaluate" has written to (default: ./evaluation). The page, report.html,
is made of details.json and the pictures there; no model is run and no image of the data set is
read. It needs nothing beside itself, and can be sent to others.`,
  options: {},
  operands: { name: 'OUTPUT', least: 0, most: 1 },
  examples: ['anomalyclip report', 'anomalyclip report compared'],
  exit: {
    0: 'the page was written',
    1: 'there is no evaluation, the page could not be written, or pictures are missing in it',
  },
  run: async (_given, [output = 'evaluation'], surroundings) =>
    (await writeReport(surroundings.path(output), surroundings)) > 0 ? 1 : 0,
})
