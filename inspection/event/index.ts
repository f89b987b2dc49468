export { type AnomalyEvent, eventOf, withoutInline } from './event.ts'
export { readEventSettings } from './settings.ts'
