import { configMaps, secrets } from '#api/generated/refs.ts';
import type { ConfigMap, Secret } from '#api/generated/types/core.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import { orNotFound } from '#client/retry.ts';
import { hasReason, type StatusReason } from '#machinery/status.ts';
import { KeyedLoop } from '../../keyed-loop.ts';
import type { StateCache } from '../../resources/state-cache.ts';

const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
const namespace = 'kube-system';
const name = 'kube-apiserver-legacy-service-account-token-tracking';
const trackingKey = `${namespace}/${name}`;
const overtaken: readonly StatusReason[] = ['AlreadyExists', 'Conflict', 'NotFound'];
const dayMs = 24 * 3_600_000;

export interface LegacyTokenTrackingOptions {
  readonly cache: StateCache;
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Writes down on which day a Secret's token was last used, as its label kubernetes.io/legacy-token-last-used, and since when
 * that is done, in a ConfigMap: whoever cleans up tokens needs both (KEP-2799).
 */
export class LegacyTokenTracking implements Disposable {
  readonly #options: LegacyTokenTrackingOptions;
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;
  /** Of Secrets that were used and have yet to say so, who they are. */
  readonly #used = new Map<string, string>();

  constructor(options: LegacyTokenTrackingOptions) {
    this.#options = options;
    const run = (key: string) => (key === trackingKey ? this.#keepSince() : this.#stamp(key));
    this.#loop = this.#life.add(new KeyedLoop({ ...options, run, backoffMsMin: 200, backoffMsMax: 60_000 }));
    const all = options.cache.bucket('core/configmaps');
    const change = () => this.#considerSince();
    this.#life.add(all.watch(all.lastChange, { prefix: trackingKey, change }));
    this.#considerSince();
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  /** The token of this Secret was shown to the server, whether or not it is still good. */
  used({ metadata }: Secret): void {
    const lastUsed = metadata.labels?.[lastUsedLabel];
    // Where several servers' clocks differ, they do not write against each other.
    if (lastUsed !== undefined && [this.#day(0), this.#day(1)].includes(lastUsed)) return;
    const key = `${metadata.namespace} ${metadata.name}`;
    if (this.#used.has(key)) return;
    this.#used.set(key, metadata.uid!);
    this.#loop.add(key);
  }

  async #stamp(key: string): Promise<void> {
    const [home = '', secret = ''] = key.split(' ');
    const metadata = { uid: this.#used.get(key), labels: { [lastUsedLabel]: this.#day(0) } };
    try {
      await orNotFound(this.#options.client.patch(secrets, home, secret, 'merge', { metadata }));
    } catch (error) {
      // Another Secret has the name by now.
      if (!hasReason(error, 'Conflict')) throw error;
    }
    this.#used.delete(key);
    this.#loop.forget(key);
  }

  #day(after: number): string {
    return toRfc3339(this.#options.clock.now() + after * dayMs).slice(0, 10);
  }

  get #tracking(): ConfigMap | undefined {
    return this.#options.cache.bucket('core/configmaps').get(trackingKey)?.object as ConfigMap | undefined;
  }

  #considerSince(): void {
    if (!isDay(this.#tracking?.data?.since)) this.#loop.add(trackingKey);
  }

  async #keepSince(): Promise<void> {
    const known = this.#tracking;
    if (isDay(known?.data?.since)) return;
    const { client } = this.#options;
    const data = { ...known?.data, since: this.#day(0) };
    try {
      if (known) await client.update(configMaps, { ...known, data });
      else await client.create(configMaps, { metadata: { namespace, name }, data });
    } catch (error) {
      // Somebody else was first; what they made of it is looked at again.
      if (!overtaken.some(reason => hasReason(error, reason))) throw error;
    }
  }
}

function isDay(text: string | undefined): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(Date.parse(text!));
}
