import assert from 'node:assert/strict'
import { processEnvironment } from '../../../engine/process/environment.ts'

describe('the environment of an inference process', () => {
  it('asks for large pages beside what is set already', () => {
    assert.deepEqual(processEnvironment({ A: 'b' }), { A: 'b', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' })
    assert.equal(
      processEnvironment({ GLIBC_TUNABLES: 'glibc.malloc.check=3' }).GLIBC_TUNABLES,
      'glibc.malloc.check=3:glibc.malloc.hugetlb=1',
    )
  })

  it('leaves the choice to who has made it', () => {
    const chosen = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }
    assert.equal(processEnvironment(chosen), chosen)
  })
})
