import { hostname } from 'node:os'
import {
  type BrokerSettings,
  checkBroker,
  DEFAULT_EVENT_TOPIC,
  type EventDelivery,
  eventTopics,
  type Isa95,
  statusTopic,
} from '../../connect/mqtt/index.ts'
import type { OutboxLimits } from '../../connect/store/index.ts'
import type { AnomalyEvent } from '../../inspection/event/index.ts'
import {
  type Node,
  type NodeAPI,
  readChoice,
  readFlag,
  readLine,
  readNumber,
  readOptionalNumber,
} from '../wiring/index.ts'
import { type BrokerCredentials, coreBroker, ownBroker } from './broker.ts'
import type { AnomalyEventConfig } from './saved.ts'

/** How and where a node publishes by itself. */
export interface PublishSettings {
  readonly broker: BrokerSettings
  readonly topicOf: (event: AnomalyEvent) => string
  /** null = none. */
  readonly statusTopic: string | null
  readonly delivery: EventDelivery
  readonly limits: OutboxLimits
}

const MB = 1_000_000
const HOUR_MS = 3_600_000

/**
 * What a saved configuration says of publishing; null where the node does not, as all do that were saved before it could.
 * @throws NODE_CONFIG, MQTT_TOPIC, MQTT_SETTINGS
 */
export const readPublishSettings = (
  RED: NodeAPI,
  node: Node<BrokerCredentials>,
  config: AnomalyEventConfig,
): PublishSettings | null => {
  const publish = readChoice(config, 'publish', ['off', 'broker', 'own'], 'off')
  if (publish === 'off') return null
  const plant: Isa95 = {
    enterprise: readLine(config, 'enterprise'),
    site: readLine(config, 'site'),
    area: readLine(config, 'area'),
    line: readLine(config, 'line'),
    cell: readLine(config, 'cell'),
  }
  const broker = publish === 'broker' ? coreBroker(RED, node, config) : ownBroker(RED, node, config)
  checkBroker(broker)
  const ofStatus = readLine(config, 'statusTopic')
  const expiryS = readOptionalNumber(config, 'expiryS', { min: 1, max: 0xffff_ffff, integer: true })
  return {
    broker,
    topicOf: eventTopics(readLine(config, 'eventTopic', DEFAULT_EVENT_TOPIC), plant),
    statusTopic: ofStatus === '' ? null : statusTopic(ofStatus, plant, node.name || node.id, hostname()),
    delivery: {
      qos: QOS[readChoice(config, 'qos', ['0', '1', '2'], '1')],
      retain: readFlag(config, 'retain', false),
      mode: readChoice(config, 'mode', ['structured', 'binary'], 'structured'),
      expiryMs: expiryS === null ? null : expiryS * 1000,
    },
    limits: {
      maxBytes: readNumber(config, 'outboxMegabytes', { min: 1, max: 65_536, fallback: 256 }) * MB,
      maxAgeMs: readNumber(config, 'outboxHours', { min: 1, max: 8_760, fallback: 168 }) * HOUR_MS,
    },
  }
}

const QOS = { '0': 0, '1': 1, '2': 2 } as const
