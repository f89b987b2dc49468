import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { storedZip } from '../../../models/weights/write-archive.ts'
import { readZip, scratchFolder } from './craft.ts'

/** Every length from 0 to 130, so that padding of every size is needed. */
const ENTRIES = Array.from({ length: 131 }, (_, length) => ({
  path: `archive/data/${length}`,
  data: new Uint8Array(length).fill(length),
}))

describe('a zip archive of stored entries', () => {
  const path = scratchFolder()
  const write = (name: string): string => path(name, Buffer.concat(storedZip(ENTRIES)))

  it('holds each entry as it is, at a multiple of 64 bytes, with its size and checksum', async () => {
    const file = write('aligned.zip')
    const bytes = readFileSync(file)
    const found = await readZip(file)
    assert.deepEqual(
      found.map(({ entry }) => entry.fileName),
      ENTRIES.map((entry) => entry.path),
    )
    for (const [i, { entry, local }] of found.entries()) {
      const { data } = ENTRIES[i]!
      const start = local.fileDataStart
      assert.equal(start % 64, 0, entry.fileName)
      assert.deepEqual(new Uint8Array(bytes.subarray(start, start + data.length)), data)
      assert.equal(entry.compressionMethod, 0)
      assert.equal(entry.uncompressedSize, data.length)
      assert.equal(entry.crc32, crc32(data))
    }
  })

  it('says in front of each entry what the directory says of it', async () => {
    const file = write('twice.zip')
    for (const { entry, local } of await readZip(file)) {
      for (const fact of [
        'versionNeededToExtract',
        'generalPurposeBitFlag',
        'compressionMethod',
        'lastModFileTime',
        'lastModFileDate',
        'crc32',
        'compressedSize',
        'uncompressedSize',
      ] as const)
        assert.equal(local[fact], entry[fact], `${fact} of ${entry.fileName}`)
      assert.equal(local.fileName.toString(), entry.fileName)
    }
  })

  it('pads by the extra field that torch pads with', async () => {
    const bytes = readFileSync(write('padded.zip'))
    const nameEnd = 30 + 'archive/data/0'.length
    assert.equal(bytes.toString('latin1', nameEnd, nameEnd + 2), 'FB')
    assert.equal(bytes.readUInt16LE(nameEnd + 2), 64 - nameEnd - 4)
    assert.equal(bytes.toString('latin1', nameEnd + 4, 64), 'Z'.repeat(64 - nameEnd - 4))
  })

  it('bears a day that the format can name, and always the same', async () => {
    for (const { entry } of await readZip(write('day.zip')))
      assert.deepEqual(entry.getLastModDate({ timezone: 'UTC' }), new Date('1980-01-01T00:00:00Z'))
  })

  it('is refused where it would need the records of 64 bits', () => {
    const many = Array.from({ length: 0xffff }, (_, i) => ({ path: String(i), data: new Uint8Array() }))
    assert.throws(() => storedZip(many), /65535 entries is too large/)
    // 4 GiB without having them.
    const large = { length: 2 ** 32 } as Uint8Array
    assert.throws(() => storedZip([{ path: 'large', data: large }]), /large makes the archive too large/)
  })
})
