const TUNABLE = 'glibc.malloc.hugetlb'

/**
 * An environment in which a process's C library asks Linux for huge pages (2 MB instead of 4 KB) for what it allocates. A ViT-L's packed weights
 * are 1.2 GB, 300,000 small pages that are each given out by an interrupt: in a virtual machine those made up a third of the load. Who has set it, keeps it;
 * Linux without huge pages, other C libraries and other systems pass over it.
 * Source: glibc manual, Memory Allocation Tunables (since 2.35); Linux, admin-guide/mm/transhuge (`madvise`).
 */
export const withHugePages = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const given = environment.GLIBC_TUNABLES
  if (given?.includes(TUNABLE)) return environment
  return { ...environment, GLIBC_TUNABLES: [...(given ? [given] : []), `${TUNABLE}=1`].join(':') }
}
