import { apiServices } from '#api/generated/refs.ts';
import type { APIService, APIServiceCondition } from '#api/generated/types/apiregistration.v1.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import { deepEqual } from '#base/equal.ts';
import type { Log } from '#base/log.ts';
import type { CounterFamily } from '#base/metric-families.ts';
import type { Client } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';
import { type Backend, failureText, urlOf } from '../proxy/backends.ts';
import type { StateCache } from '../resources/state-cache.ts';
import type { ExtensionServers } from './extension-servers.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import { type RemoteServices, apiServicesBucket, availableCondition } from './remote-services.ts';

export interface AvailabilityOptions {
  readonly cache: StateCache;
  readonly remotes: RemoteServices;
  readonly servers: ExtensionServers;
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** Counts those that were available and are no more. */
  readonly unavailable: CounterFamily;
}

type Verdict = Pick<APIServiceCondition, 'status' | 'reason' | 'message'>;

const resyncMs = 30_000;
const attempts = 5;
const serviceNameLabel = 'kubernetes.io/service-name';

const local: Verdict = {
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

/** Keeps the condition Available of every APIService (kube-aggregator's availability controllers). */
export class AvailabilityController implements Disposable {
  readonly #options: AvailabilityOptions;
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
    const { cache, remotes, clock, log } = options;
    this.#loop = this.#life.add(
      new KeyedLoop({
        clock,
        log,
        run: name => this.#reconcile(name),
        backoffMsMin: 5,
        backoffMsMax: resyncMs,
        againAfterMs: name => (remotes.named(name) ? resyncMs : undefined),
      }),
    );
    for (const { object } of cache.bucket(apiServicesBucket).objects()) this.#consider(object as APIService);
    this.#life.add(remotes.onChange(name => this.#loop.add(name)));
    this.#follow('core/services', object => object.metadata.name);
    this.#follow('discovery.k8s.io/endpointslices', object => object.metadata.labels?.[serviceNameLabel]);
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #consider(object: APIService): void {
    if (object.spec?.service || !isTold(object, local)) this.#loop.add(object.metadata.name!);
  }

  /** Runs the APIServices that lead to the service of whatever changes in a bucket. */
  #follow(bucket: string, serviceOf: (object: Service | EndpointSlice) => string | undefined): void {
    const { cache, remotes } = this.#options;
    const changes = cache.bucket(bucket);
    const change = (object: Service | EndpointSlice) => {
      if (remotes.size === 0) return;
      const name = serviceOf(object);
      for (const remote of remotes.all()) {
        const { service } = remote.object.spec!;
        if (service?.name === name && service?.namespace === object.metadata.namespace)
          this.#loop.add(remote.name);
      }
    };
    this.#life.add(
      changes.watch(changes.lastChange, {
        prefix: '',
        change: ({ entry }) => change(entry.object as Service | EndpointSlice),
      }),
    );
  }

  async #reconcile(name: string): Promise<void> {
    const object = this.#options.cache.bucket(apiServicesBucket).get(name)?.object as APIService | undefined;
    if (!object) {
      this.#loop.forget(name);
      return;
    }
    const verdict = object.spec?.service ? await this.#check(object) : local;
    await this.#tell(object, verdict);
    if (verdict.reason === 'FailedDiscoveryCheck') throw new Error(verdict.message);
  }

  async #check(object: APIService): Promise<Verdict> {
    return this.#checkService(object) ?? (await this.#checkDiscovery(object)) ?? passed;
  }

  /** What is wrong with the service and its endpoints, as far as objects tell. */
  #checkService({ spec }: APIService): Verdict | undefined {
    const { cache } = this.#options;
    const { namespace = '', name = '', port = 443 } = spec!.service!;
    const which = `service/${name} in ${JSON.stringify(namespace)}`;
    const service = cache.bucket('core/services').get(`${namespace}/${name}`)?.object as Service | undefined;
    if (!service) return refusal('ServiceNotFound', `${which} is not present`);
    if ((service.spec?.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
    const found = service.spec?.ports?.find(candidate => candidate.port === port);
    if (!found) return refusal('ServicePortError', `${which} is not listening on port ${port}`);
    const slices = slicesOf(cache, namespace, name);
    if (slices.length === 0) return refusal('EndpointsNotFound', `cannot find endpointslices for ${which}`);
    const portName = found.name ?? '';
    if (slices.some(slice => hasEndpoint(slice, portName))) return undefined;
    const message = `endpointslices for ${which} have no addresses with port name ${JSON.stringify(portName)}`;
    return refusal('MissingEndpoints', message);
  }

  /** Asks for a document that every extension API server must have; one answer of several attempts is enough. */
  async #checkDiscovery(object: APIService): Promise<Verdict | undefined> {
    const tries = Array.from({ length: attempts }, () => this.#ask(object));
    try {
      await Promise.any(tries);
      return undefined;
    } catch (error) {
      const last = (error as AggregateError).errors.at(-1) as Error;
      return refusal('FailedDiscoveryCheck', last.message);
    }
  }

  async #ask(object: APIService): Promise<void> {
    const { group = '', version = '' } = object.spec!;
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const { servers } = this.#options;
    const backend = servers.locate(object);
    const url = urlOf(backend, path);
    const status = await servers.status(backend, path).catch(error => {
      throw new Error(`failing or missing response from ${url}: Get "${url}": ${why(error, backend)}`);
    });
    if (status < 200 || status >= 300)
      throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${status}`);
  }

  async #tell(object: APIService, verdict: Verdict): Promise<void> {
    if (isTold(object, verdict)) return;
    const old = availableCondition(object);
    const now = toRfc3339(this.#options.clock.now());
    const changed = old?.status !== verdict.status;
    const condition: APIServiceCondition = {
      type: 'Available',
      status: verdict.status,
      lastTransitionTime: changed ? now : (old?.lastTransitionTime ?? now),
      reason: verdict.reason,
      message: verdict.message,
    };
    const others = (object.status?.conditions ?? []).filter(other => other.type !== 'Available');
    try {
      const status = { ...object.status, conditions: [...others, condition] };
      await this.#options.client.updateStatus(apiServices, { ...object, status });
      const isLost = old?.status === 'True' && verdict.status !== 'True';
      const labels = { name: object.metadata.name!, reason: verdict.reason ?? 'UnknownReason' };
      if (isLost) this.#options.unavailable.add(labels);
    } catch (error) {
      // Who wrote first has caused another run; what is gone needs no condition.
      if (!hasReason(error, 'Conflict') && !hasReason(error, 'NotFound')) throw error;
    }
  }
}

const passed: Verdict = { status: 'True', reason: 'Passed', message: 'all checks passed' };

function refusal(reason: string, message: string): Verdict {
  return { status: 'False', reason, message };
}

function isTold(object: APIService, verdict: Verdict): boolean {
  const { status, reason, message } = availableCondition(object) ?? {};
  return deepEqual({ status, reason, message }, verdict);
}

function why(error: unknown, backend: Backend): string {
  return failureText(error, backend);
}

function slicesOf(cache: StateCache, namespace: string, name: string): EndpointSlice[] {
  const prefix = `${namespace}/`;
  const { entries } = cache.bucket('discovery.k8s.io/endpointslices').list(prefix, prefix, 0);
  return entries
    .map(entry => entry.object as EndpointSlice)
    .filter(slice => slice.metadata.labels?.[serviceNameLabel] === name);
}

function hasEndpoint({ endpoints, ports }: EndpointSlice, portName: string): boolean {
  const isReady = (endpoints ?? []).some(({ conditions }) => conditions?.ready ?? true);
  return isReady && (ports ?? []).some(({ name, port }) => (name ?? '') === portName && port !== undefined);
}
