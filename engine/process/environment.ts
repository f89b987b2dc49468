const LARGE_PAGES = 'glibc.malloc.hugetlb=1'

/**
 * Environment of an inference process: glibc's allocator asks for large pages (from 2.35 on, where Linux gives them to who asks; without
 * effect elsewhere). The packed weights of ViT-L are 1.2 GB, or 300,000 small pages that are given out one by one: a third of its load here. A decoded image of 12 megapixels otherwise costs 9,000 page faults each time it is allocated, in libvips and
 * again in its output, which took about as much processor time as the decoding. Source: glibc manual, "Memory Allocation Tunables".
 */
export const processEnvironment = (own: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const tunables = own.GLIBC_TUNABLES ?? ''
  if (tunables.includes('glibc.malloc.hugetlb')) return own
  return { ...own, GLIBC_TUNABLES: [tunables, LARGE_PAGES].filter((part) => part !== '').join(':') }
}
