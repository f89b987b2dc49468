/**
 * The rows from the first to the last in which anything is above 0: most masks have few, or none.
 * @param data one byte a pixel, row-major
 * @returns [0, 0] where there is none; `to` is behind the last one
 */
export const markedRows = (data: Uint8Array, width: number): [from: number, to: number] => {
  let [first, end] = [0, data.length]
  while (first < end && data[first] === 0) first++
  while (end > first && data[end - 1] === 0) end--
  return end === first ? [0, 0] : [Math.floor(first / width), Math.ceil(end / width)]
}
