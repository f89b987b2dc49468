import type { MqttClient } from 'mqtt'

/** Far above what anything here takes; it only ends a test that would wait for ever, with words. */
const PATIENCE_MS = 30_000

export interface Letter<T> {
  readonly body: T
  /** MQTT 5. */
  readonly contentType: string | undefined
}

/** What arrives on one topic, as JSON, in the order of its arrival. */
export interface Inbox<T> {
  readonly letters: readonly Letter<T>[]
  readonly bodies: readonly T[]
  /** Waits until what has arrived is enough. */
  until(isEnough: (bodies: readonly T[]) => boolean): Promise<readonly T[]>
}

export const openInbox = async <T>(
  client: MqttClient,
  topic: string,
  patienceMs = PATIENCE_MS,
): Promise<Inbox<T>> => {
  const letters: Letter<T>[] = []
  const bodies: T[] = []
  let look = () => {}
  client.on('message', (where, payload, { properties }) => {
    if (where !== topic) return
    const body = JSON.parse(payload.toString()) as T
    letters.push({ body, contentType: properties?.contentType })
    bodies.push(body)
    look()
  })
  await client.subscribeAsync(topic, { qos: 1 })
  const until: Inbox<T>['until'] = (isEnough) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly T[]>()
    const patience = setTimeout(
      () =>
        reject(
          new Error(`waited in vain; on ${topic} arrived ${bodies.length}: ${JSON.stringify(bodies.at(-1))}`),
        ),
      patienceMs,
    )
    look = () => {
      if (!isEnough(bodies)) return
      clearTimeout(patience)
      resolve(bodies)
    }
    look()
    return promise
  }
  return { letters, bodies, until }
}
