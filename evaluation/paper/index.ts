export { type Published, publishedFor, publishedOn } from './published.ts'
