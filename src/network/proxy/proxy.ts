import type { Clock } from '#base/clock.ts';
import { every, sleep } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import { endpointSlices, nodes, serviceCIDRs, services } from '#api/generated/refs.ts';
import type { Node, Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import type { ServiceCIDR } from '#api/generated/types/networking.v1.ts';
import type { Informer, InformerFactory } from '#client/informer.ts';
import { objectKey } from '#machinery/object.ts';
import { serviceNameLabel } from './endpoints.ts';
import { ipFamilies } from './families.ts';
import { FamilyTable, type TableChange } from './family-table.ts';
import { HealthChecks, type HealthSockets } from './health-checks.ts';
import type { Netfilter } from './netfilter.ts';
import { OwnHealth } from './own-health.ts';
import { type ServiceRules, serviceRules } from './service-rules.ts';
import { removeTable, tableName } from './table.ts';

export interface ProxyOptions {
  readonly informers: InformerFactory;
  readonly nodeName: string;
  readonly clusterName: string;
  /** Addresses of all pods of the cluster: one network for each IP family that is proxied, the first family first. */
  readonly podCidrs: readonly string[];
  readonly netfilter: Netfilter;
  readonly healthSockets: HealthSockets;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Proxy extends AsyncDisposable {
  /** Resolves when the rules were applied for the first time. */
  readonly ready: Promise<void>;
  /** Resolves when the rules are as the informers say now. */
  settled(): Promise<void>;
}

/** Changes within this time are one transaction. */
const coalesceMs = 10;
/** The next transaction waits for as long as the last one took, for `nft` reads a large table each time; but no longer. */
const restMsMax = 1_000;
const retryMsMin = 1_000;
const retryMsMax = 30_000;
/** How often it looks whether somebody has taken the table away. */
const checkMs = 30_000;
/** What is left over goes with the next change, or after this long; where it does not go, again after as long. */
const cleanMs = 1_000;
/** Rules made before the event loop gets its turn. */
const servicesPerTurn = 100;
const zoneLabel = 'topology.kubernetes.io/zone';
// Informers are shared by name of index, so the name says whose it is.
const byService = 'proxy/service';

function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name === undefined
    ? undefined
    : objectKey({ metadata: { namespace: slice.metadata.namespace, name } });
}

/**
 * Keeps the tables of this node, one for each IP family, in step with Services and EndpointSlices. Stopping leaves the rules in place, so that
 * traffic flows while the server restarts; `purgeProxy` takes them away.
 */
class ServiceProxy implements Proxy {
  readonly ready: Promise<void>;
  readonly #options: ProxyOptions;
  readonly #log: Log;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #nodes: Informer<Node>;
  readonly #blocks: Informer<ServiceCIDR>;
  readonly #disposables = new DisposableStore();
  readonly #tables: readonly FamilyTable[];
  readonly #dirty = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  readonly #health: HealthChecks;
  readonly #ownHealth: OwnHealth;
  /** Until what is left over goes without a change that it could go with. */
  #cleaning: Disposable | undefined;
  #isCleaningDue = false;
  #full = true;
  #synced = false;
  #zone: string | undefined;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #retryMs = retryMsMin;
  #restedMs = 0;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#log = options.log.with({ component: 'proxy' });
    this.#tables = options.podCidrs.map(podCidr => new FamilyTable(options.clusterName, podCidr));
    // Node's sockets for any IPv6 address take IPv4 too.
    const anywhere = this.#tables.some(({ family }) => family.name === 'IPv6') ? '::' : '0.0.0.0';
    const sockets: HealthSockets = {
      listen: (port, answer, host = anywhere) => options.healthSockets.listen(port, answer, host),
    };
    this.#health = new HealthChecks(sockets, options.nodeName, this.#log);
    this.#services = options.informers.informer<Service>(services);
    this.#slices = options.informers.informer<EndpointSlice>(endpointSlices);
    this.#slices.addIndex(byService, slice => [serviceKeyOf(slice)].filter(key => key !== undefined));
    this.#watch(this.#services, object => objectKey(object));
    this.#watch(this.#slices, slice => serviceKeyOf(slice));
    this.#nodes = options.informers.informer<Node>(nodes);
    this.#watchZone();
    this.#blocks = options.informers.informer<ServiceCIDR>(serviceCIDRs);
    this.#watchBlocks();
    this.#ownHealth = new OwnHealth({
      sockets,
      clock: options.clock,
      log: this.#log,
      families: this.#tables.map(({ family }) => family),
      node: () => this.#nodes.get(options.nodeName),
    });
    this.ready = this.#start();
  }

  settled(): Promise<void> {
    if (this.#synced && !this.#full && this.#dirty.size === 0 && !this.#running) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposables[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    this.#cleaning?.[Symbol.dispose]();
    await this.#running;
    await this.#health[Symbol.asyncDispose]();
    await this.#ownHealth[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    await Promise.all(
      [this.#services, this.#slices, this.#nodes, this.#blocks].map(informer => informer.whenSynced()),
    );
    this.#zone = this.#nodes.get(this.#options.nodeName)?.metadata.labels?.[zoneLabel];
    if (this.#disposables.disposed) return;
    this.#synced = true;
    this.#disposables.add(every(this.#options.clock, checkMs, () => this.#check()));
    const settled = this.settled();
    this.#schedule(0);
    await settled;
  }

  #watch<T extends Service | EndpointSlice>(
    informer: Informer<T>,
    keyOf: (object: T) => string | undefined,
  ): void {
    const mark = (object: T) => {
      const key = keyOf(object);
      if (key === undefined) return;
      this.#dirty.add(key);
      if (this.#synced) this.#schedule(coalesceMs);
    };
    const handlers = {
      added: mark,
      deleted: mark,
      updated: (object: T, old: T) => {
        mark(old);
        mark(object);
      },
    };
    this.#disposables.add(informer.on(handlers));
  }

  /** When the node moves to another zone, other endpoints are near. */
  #watchZone(): void {
    const look = (node: Node) => {
      const zone = node.metadata.labels?.[zoneLabel];
      if (node.metadata.name !== this.#options.nodeName || zone === this.#zone) return;
      this.#zone = zone;
      this.#remake();
    };
    this.#disposables.add(this.#nodes.on({ added: look, updated: look }));
  }

  #watchBlocks(): void {
    const look = () => this.#remake();
    // The blocks of one that stands do not change.
    this.#disposables.add(this.#blocks.on({ added: look, deleted: look }));
  }

  #remake(): void {
    this.#full = true;
    if (this.#synced) this.#schedule(coalesceMs);
  }

  #serviceCidrs(): string[] {
    const blocks = this.#blocks.list().flatMap(({ spec }) => spec?.cidrs ?? []);
    return [...new Set(blocks)].sort();
  }

  #schedule(delayMs: number): void {
    this.#ownHealth.waits();
    if (this.#timer || this.#running || this.#disposables.disposed) return;
    const restMs = this.#restedMs - this.#options.clock.monotonicMs();
    this.#timer = this.#options.clock.after(Math.max(delayMs, restMs), () => {
      this.#timer = undefined;
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    let delayMs = coalesceMs;
    try {
      await (this.#full ? this.#syncAll() : this.#syncDirty());
      this.#retryMs = retryMsMin;
    } catch (error) {
      this.#log.error('the rules could not be applied; all will be made anew', { error: String(error) });
      this.#full = true;
      delayMs = this.#retryMs;
      this.#retryMs = Math.min(2 * this.#retryMs, retryMsMax);
    }
    const nowMs = clock.monotonicMs();
    this.#restedMs = nowMs + Math.min(nowMs - startMs, restMsMax);
    this.#running = undefined;
    if (this.#full || this.#dirty.size > 0 || this.#isCleaningDue) this.#schedule(delayMs);
    else this.#tellSettled();
  }

  #tellSettled(): void {
    this.#ownHealth.applied();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #rulesOf(key: string, { podCidr }: FamilyTable): ServiceRules | undefined {
    const service = this.#services.get(key);
    if (!service) return undefined;
    const options = { nodeName: this.#options.nodeName, podCidr, zone: this.#zone };
    return serviceRules(service, this.#slices.byIndex(byService, key), options);
  }

  #checkHealth(key: string): Promise<void> {
    return this.#health.update(key, this.#services.get(key), () => this.#slices.byIndex(byService, key));
  }

  async #syncAll(): Promise<void> {
    this.#dirty.clear();
    const keys = this.#services.list().map(service => objectKey(service));
    const wanted = this.#tables.map(() => new Map<string, ServiceRules | undefined>());
    for (const [i, key] of keys.entries()) {
      if (i % servicesPerTurn === servicesPerTurn - 1) await sleep(this.#options.clock, 0);
      for (const [at, table] of this.#tables.entries()) wanted[at]!.set(key, this.#rulesOf(key, table));
    }
    await this.#options.netfilter.allowLocalnet();
    const options = { clusterName: this.#options.clusterName, serviceCidrs: this.#serviceCidrs() };
    const changes = this.#tables.map((table, at) => table.replace(options, wanted[at]!));
    await this.#options.netfilter.apply(changes.map(({ script }) => script).join(''));
    this.#full = false;
    for (const change of changes) change.applied(true);
    for (const key of new Set([...this.#health.keys(), ...keys])) await this.#checkHealth(key);
    await this.#forget(changes);
  }

  async #syncDirty(): Promise<void> {
    const keys = [...this.#dirty];
    this.#dirty.clear();
    const changes = this.#tables.map(table =>
      table.change(new Map(keys.map(key => [key, this.#rulesOf(key, table)]))),
    );
    for (const key of changes.flatMap(({ woken }) => woken)) this.#dirty.add(key);
    const isCleaned = await this.#apply(changes);
    for (const change of changes) change.applied(isCleaned);
    if (this.#hasLeftovers) this.#cleanLater();
    for (const key of keys) await this.#checkHealth(key);
    await this.#forget(changes);
  }

  get #hasLeftovers(): boolean {
    return this.#tables.some(table => table.hasLeftovers);
  }

  /**
   * In one transaction with what those before it left over: whoever asks `nft` twice waits twice. Answers whether that has
   * gone.
   */
  async #apply(changes: readonly TableChange[]): Promise<boolean> {
    const { netfilter } = this.#options;
    const script = changes.map(change => change.script).join('');
    if (script === '' && !this.#isCleaningDue) return false;
    this.#isCleaningDue = false;
    const cleanup = changes.map(change => change.cleanup).join('');
    try {
      if (cleanup + script !== '') await netfilter.apply(cleanup + script);
      return true;
    } catch (error) {
      if (cleanup === '') throw error;
      this.#log.warn('empty chains could not be removed yet', { error: String(error) });
      if (script !== '') await netfilter.apply(script);
      return false;
    }
  }

  #cleanLater(): void {
    this.#cleaning ??= this.#options.clock.after(cleanMs, () => {
      this.#cleaning = undefined;
      this.#isCleaningDue = this.#hasLeftovers;
      if (this.#isCleaningDue) this.#schedule(0);
    });
  }

  async #forget(changes: readonly TableChange[]): Promise<void> {
    for (const flow of changes.flatMap(({ flows }) => flows)) {
      try {
        await this.#options.netfilter.forgetFlows(flow);
      } catch (error) {
        this.#log.warn('tracked flows could not be forgotten', { ...flow, error: String(error) });
      }
    }
  }

  async #check(): Promise<void> {
    const { netfilter } = this.#options;
    try {
      if (this.#running) return;
      const there = await Promise.all(this.#tables.map(({ name }) => netfilter.hasTable(name)));
      if (!there.includes(false)) return;
      this.#log.warn('the table has gone; making it anew');
      this.#full = true;
      this.#schedule(0);
    } catch (error) {
      this.#log.warn('the table could not be looked at', { error: String(error) });
    }
  }
}

/** Starts the service proxy of a node. The informers must be started by their owner. */
export function createProxy(options: ProxyOptions): Proxy {
  return new ServiceProxy(options);
}

/** Removes a cluster's rules, if there are any. */
export async function purgeProxy(netfilter: Netfilter, clusterName: string): Promise<void> {
  for (const family of ipFamilies) {
    const isThere = await netfilter.hasTable(tableName(family, clusterName));
    if (isThere) await netfilter.apply(removeTable(family, clusterName));
  }
}
