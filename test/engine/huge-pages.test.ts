import { deepEqual, match } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { withHugePages } from '../../engine/huge-pages.ts'

describe('huge pages for the inference process', () => {
  it('are asked for beside what else the environment says', () => {
    deepEqual(withHugePages({ PATH: '/bin' }), { PATH: '/bin', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' })
    deepEqual(withHugePages({ GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0' }), {
      GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0:glibc.malloc.hugetlb=1',
    })
  })

  it('stay as somebody has set them', () => {
    deepEqual(withHugePages({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }), {
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0',
    })
  })

  it('disturb no process', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ['-p', 'process.env.GLIBC_TUNABLES'], {
      env: withHugePages(process.env),
      encoding: 'utf8',
    })
    deepEqual([status, stderr], [0, ''])
    match(stdout, /glibc\.malloc\.hugetlb=[012]/)
  })
})
