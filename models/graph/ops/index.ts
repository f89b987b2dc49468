export * from './arithmetic.ts'
export * from './layout.ts'
export * from './transformer.ts'
