/**
 * Works on up to `width` items at a time and yields the results in the order of the items, each as soon as it and all
 * before it are there. `work` must not reject. Nobody starts on items that the reader never asks for, apart from the
 * `width` ahead of it.
 */
export async function* mapInOrder<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const ahead: Promise<R>[] = []
  for (const item of items) {
    ahead.push(work(item))
    if (ahead.length >= width) yield ahead.shift()!
  }
  for (const result of ahead) yield result
}
