import assert from 'node:assert/strict'
import { CATALOG, downloadMegabytes, weightsOf } from '../../models/catalog.ts'
import { METHODS } from '../../models/methods/index.ts'

describe('the catalogue', () => {
  const all = [...new Set(CATALOG.flatMap(weightsOf))]

  it('pins every file by a checksum, as long as its publisher states one, or by a commit', () => {
    for (const { role, sha256, gitBlob, url, note } of all) {
      const isWhole = /^[0-9a-f]{64}$/.test(sha256 ?? '') || /^[0-9a-f]{40}$/.test(gitBlob ?? '')
      // A publisher who states less has said so in the address, and the note tells it.
      if (!isWhole) assert.ok(/checksum|sha256/.test(note ?? ''), url)
      if (sha256 !== undefined) assert.ok(sha256.length >= 8 && url.includes(sha256), url)
      else assert.match(url, /^https:\/\/raw\.githubusercontent\.com\/[^/]+\/[^/]+\/[0-9a-f]{40}\//)
      assert.ok(role === 'clip' || sha256 === undefined)
    }
  })

  it('gives each model the checkpoint its name says, although the folder with "visa" in its name is the other one', () => {
    const folderOf = (name: string) => CATALOG.find((model) => model.name === name)!.prompts!.file
    assert.equal(folderOf('anomalyclip-vit-l-14-336-trained-on-visa'), '9_12_4_multiscale/epoch_15.pth')
    assert.equal(folderOf('anomalyclip-vit-l-14-336-trained-on-mvtec'), '9_12_4_multiscale_visa/epoch_15.pth')
  })

  it('gives each model the files that its method needs, with a licence and what to expect of the download', () => {
    for (const model of CATALOG) {
      const { needs } = METHODS[model.method]
      const roles = weightsOf(model).map(({ role }) => role)
      assert.deepEqual(roles, needs === null ? ['clip'] : [needs, 'clip'])
      for (const { licence } of weightsOf(model)) assert.equal(licence, 'MIT')
      assert.ok(downloadMegabytes(model) > 800)
    }
  })
})
