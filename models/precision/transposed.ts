/** Side of the squares in which a matrix is transposed, so that both sides stay in the cache. */
const TILE = 32

/** [rows, columns] → [columns, rows], each number rounded as it is put down. */
export const transposeInto = <T extends Float32Array | Int8Array>(
  result: T,
  matrix: Float32Array,
  columns: number,
  round: (value: number, row: number) => number = (value) => value,
): T => {
  const rows = matrix.length / columns
  for (let row0 = 0; row0 < rows; row0 += TILE)
    for (let column0 = 0; column0 < columns; column0 += TILE)
      for (let row = row0; row < Math.min(row0 + TILE, rows); row++)
        for (let column = column0; column < Math.min(column0 + TILE, columns); column++)
          result[column * rows + row] = round(matrix[row * columns + column]!, row)
  return result
}

/** [rows, columns] → [columns, rows] */
export const transposed = (matrix: Float32Array, columns: number): Float32Array =>
  transposeInto(new Float32Array(matrix.length), matrix, columns)
