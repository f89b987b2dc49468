import { openStore } from './store.ts'
import type { Store, StoreOptions } from './types.ts'

interface Shared {
  readonly store: Promise<Store>
  users: number
}

/** Opens each file once, however many nodes use it; `close` of the last one closes the file. */
export const storeHost = (options: StoreOptions = {}): ((file: string) => Promise<Store>) => {
  const shared = new Map<string, Shared>()
  /** Files that are being closed: the lock has to be free before the next opens. */
  const closing = new Map<string, Promise<void>>()

  const openFirst = (file: string): Shared => {
    const store = (async () => {
      await closing.get(file)
      return openStore(file, options)
    })()
    const entry = { store, users: 0 }
    shared.set(file, entry)
    // The next one tries again: the lock may be free by then.
    store.catch(() => shared.delete(file))
    return entry
  }

  return async (file) => {
    const entry = shared.get(file) ?? openFirst(file)
    entry.users++
    const store = await entry.store
    let isOpen = true
    return {
      ...store,
      close: async () => {
        if (!isOpen) return
        isOpen = false
        if (--entry.users > 0) return
        shared.delete(file)
        const closed = store.close().finally(() => closing.delete(file))
        closing.set(file, closed)
        await closed
      },
    }
  }
}

/** The host of this process: the nodes of one flow share one file. */
export const sharedStore = storeHost()
