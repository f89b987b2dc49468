import assert from 'node:assert/strict'
import { CATALOG, downloadMegabytes } from '../../models/catalog.ts'

describe('the catalogue', () => {
  it('pins every file by a checksum and, where the address alone does not, by a commit', () => {
    for (const { clip, prompts } of CATALOG) {
      assert.match(clip.sha256!, /^[0-9a-f]{64}$/)
      assert.ok(clip.url.includes(clip.sha256!))
      assert.match(prompts.gitBlob!, /^[0-9a-f]{40}$/)
      assert.match(prompts.url, /^https:\/\/raw\.githubusercontent\.com\/zqhang\/AnomalyCLIP\/[0-9a-f]{40}\//)
    }
  })

  it('gives each model the checkpoint its name says, although the folder with "visa" in its name is the other one', () => {
    const folderOf = (name: string) => CATALOG.find((model) => model.name === name)!.prompts.file
    assert.equal(folderOf('anomalyclip-vit-l-14-336-trained-on-visa'), '9_12_4_multiscale/epoch_15.pth')
    assert.equal(folderOf('anomalyclip-vit-l-14-336-trained-on-mvtec'), '9_12_4_multiscale_visa/epoch_15.pth')
  })

  it('states a licence and what to expect of the download', () => {
    for (const model of CATALOG) {
      assert.equal(model.clip.licence, 'MIT')
      assert.equal(model.prompts.licence, 'MIT')
      assert.ok(downloadMegabytes(model) > 900)
    }
  })
})
