import { serviceCIDRs } from '#api/generated/refs.ts';
import type { ServiceCIDR } from '#api/generated/types/networking.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { type EventRecorder, createEventRecorder } from '#client/events.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { serviceCidrsBucket } from './addresses.ts';

export const defaultRangeName = 'kubernetes';
/** Who vouches for the default range (upstream's controller of this name). */
export const defaultRangeManager = 'kubernetes-service-cidr-controller';

export interface DefaultRangeOptions {
  readonly cache: StateCache;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What the server was configured with. */
  readonly cidrs: readonly string[];
}

/** KEP-1880: the server vouches for the range that it was configured with; a controller does for others. */
export function readyStatus(clock: Clock) {
  const condition = {
    type: 'Ready',
    status: 'True',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: toRfc3339(clock.now()),
  };
  return { conditions: [condition] };
}

/**
 * Keeps the ServiceCIDR `kubernetes`: makes it where it is missing, adds the second family to it where the server has got
 * one, and says so where it is not what the server is configured with.
 */
export class DefaultRange implements Disposable {
  readonly #options: DefaultRangeOptions;
  readonly #life = new DisposableStore();
  readonly #bucket: ResourceCache;
  readonly #events: EventRecorder;
  /** What was told already. */
  readonly #told = new Set<'different' | 'unready'>();

  constructor(options: DefaultRangeOptions) {
    this.#options = options;
    this.#bucket = options.cache.bucket(serviceCidrsBucket);
    this.#events = this.#life.add(createEventRecorder({ ...options, component: defaultRangeManager }));
    const loop = this.#life.add(
      new KeyedLoop({
        ...options,
        run: async key => {
          loop.forget(key);
          await this.#sync();
        },
        backoffMsMin: 100,
        backoffMsMax: 10_000,
      }),
    );
    this.#life.add(
      this.#bucket.watch(this.#bucket.lastChange, {
        prefix: '',
        change: ({ entry }) => {
          if (entry.key === defaultRangeName) loop.add(defaultRangeName);
        },
      }),
    );
    loop.add(defaultRangeName);
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  async #sync(): Promise<void> {
    const { client, cidrs } = this.#options;
    const range = this.#bucket.get(defaultRangeName)?.object as ServiceCIDR | undefined;
    if (!range) {
      const spec = { cidrs: [...cidrs] };
      await client.create(serviceCIDRs, { metadata: { name: defaultRangeName }, spec });
      return;
    }
    const has = range.spec?.cidrs ?? [];
    if (cidrs.length === 2 && has.length === 1 && has[0] === cidrs[0]) {
      await client.update(serviceCIDRs, { ...range, spec: { ...range.spec, cidrs: [...cidrs] } });
    } else if (!range.metadata.deletionTimestamp) await this.#vouch(range);
  }

  async #vouch(range: ServiceCIDR): Promise<void> {
    const { client, clock, cidrs } = this.#options;
    const has = range.spec?.cidrs ?? [];
    const ready = range.status?.conditions?.find(({ type }) => type === 'Ready');
    if (has.join() !== cidrs.join()) {
      const text = `The default ServiceCIDR [${has.join(' ')}] does not match the controller flag configurations [${cidrs.join(' ')}]`;
      this.#warn('different', range, 'KubernetesDefaultServiceCIDRInconsistent', text);
    } else if (ready?.status === 'False') {
      this.#warn('unready', range, ready.reason ?? '', `Configuration matches, but ${ready.message}`);
    } else if (ready?.status !== 'True') {
      const status = readyStatus(clock);
      const options = { subresource: 'status', fieldManager: defaultRangeManager, force: true };
      await client.patch(serviceCIDRs, '', defaultRangeName, 'apply', { status }, options);
    }
  }

  #warn(what: 'different' | 'unready', range: ServiceCIDR, reason: string, message: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#events.event(range, 'Warning', reason, message);
  }
}
