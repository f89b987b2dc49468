export { publishedCategories } from './categories.ts'
export { type Published, publishedFor, publishedOn } from './published.ts'
