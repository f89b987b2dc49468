export { eventOf } from './event.ts'
export { readEventSettings } from './settings.ts'
