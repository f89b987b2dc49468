export * from './arithmetic.ts'
export * from './layout.ts'
export * from './reduce.ts'
export * from './transformer.ts'
