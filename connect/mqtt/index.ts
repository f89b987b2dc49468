export { type EventDelivery, messageOfEvent, withoutImages } from './cloudevents.ts'
export { openPublisher } from './publisher.ts'
export { brokerName, checkBroker } from './settings.ts'
export {
  DEFAULT_EVENT_TOPIC,
  eventTopics,
  type Isa95,
  statusTopic,
} from './topics.ts'
export type * from './types.ts'
