import { familyOf } from '#machinery/ip.ts';
import { ipAddresses } from '#api/generated/refs.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { IPAddress, ParentReference } from '#api/generated/types/networking.v1.ts';
import type { Clock } from '#base/clock.ts';
import { table } from '#base/members.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { type ActionRecorder, createActionRecorder } from '#client/action-events.ts';
import { orNotFound } from '#client/retry.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import type { Committer } from '../resources/commit.ts';
import type { Change } from '../resources/resource-cache.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { ServiceAddresses, addressesBucket } from './addresses.ts';
import { type ServiceClaims, addressesOf, allocatorName, familyLabel, managedByLabel } from './claims.ts';
import type { AllocationMetrics, PortProblem } from './metrics.ts';
import { NodePorts, type NodePortClaim, nodePortClaim, nodePortsBucket, nodePortsOf } from './node-ports.ts';

export interface ServiceRepairOptions {
  readonly cache: StateCache;
  readonly committer: Committer;
  readonly claims: ServiceClaims;
  readonly metrics: AllocationMetrics;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The machine's. */
  readonly hostname: string;
  readonly nodePorts: readonly [number, number];
}

/** As metrics tell them, by the reason that events give. */
const portProblems = table<PortProblem>({
  PortAlreadyAllocated: 'duplicate',
  PortNotAllocated: 'repair',
  PortOutOfRange: 'outOfRange',
});
const servicesBucket = 'core/services';
/** The Service of a new IPAddress may still be on its way, where others allocate too. */
const leakGraceMs = 60_000;

/**
 * Holds Services to their IPAddresses and node port claims, and these to their Services: what users deleted, what an older
 * version did not write, what was restored in part. Upstream's ipallocator-repair-controller and
 * portallocator-repair-controller.
 */
export class ServiceRepair implements Disposable {
  readonly #options: ServiceRepairOptions;
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;
  readonly #addresses: ServiceAddresses;
  readonly #nodePorts: NodePorts;
  readonly #events: ActionRecorder;

  constructor(options: ServiceRepairOptions) {
    this.#options = options;
    const { cache, random, nodePorts } = options;
    this.#addresses = new ServiceAddresses(cache, random);
    this.#nodePorts = new NodePorts(cache, random, nodePorts);
    this.#events = this.#life.add(createActionRecorder(options));
    this.#loop = this.#life.add(
      new KeyedLoop({
        ...options,
        run: key =>
          this.#run(key).catch((error: unknown) => {
            if (key.startsWith(nodePortsBucket)) options.metrics.repairFailed();
            throw error;
          }),
        backoffMsMin: 5,
        backoffMsMax: 60_000,
        againAfterMs: key => this.#graceLeftMs(key),
      }),
    );
    for (const bucket of [servicesBucket, addressesBucket, nodePortsBucket]) {
      const changes = cache.bucket(bucket);
      const change = (what: Change) => this.#changed(bucket, what);
      this.#life.add(changes.watch(changes.lastChange, { prefix: '', change }));
      for (const { key } of changes.objects()) this.#consider(bucket, key);
    }
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #changed(bucket: string, { entry, type }: Change): void {
    this.#consider(bucket, entry.key);
    const parent = (entry.object as IPAddress | NodePortClaim).spec?.parentRef;
    if (type === 'delete' && parent) this.#consider(servicesBucket, keyOf(parent));
  }

  /** Most changes leave nothing to do. */
  #consider(bucket: string, key: string): void {
    if (this.#isWrong(bucket, key)) this.#loop.add(`${bucket} ${key}`);
  }

  #isWrong(bucket: string, key: string): boolean {
    if (bucket === servicesBucket) {
      const service = this.#get<Service>(bucket, key);
      return service !== undefined && !this.#isWhole(service);
    }
    if (bucket === addressesBucket) {
      const address = this.#get<IPAddress>(bucket, key);
      return address !== undefined && isManaged(address) && !this.#isHeld(address, addressesOf);
    }
    const claim = this.#get<NodePortClaim>(bucket, key);
    return claim !== undefined && !this.#isHeld(claim, nodePortNames);
  }

  #isWhole(service: Service): boolean {
    const isOwn = (bucket: string) => (key: string) => {
      const claim = this.#get<IPAddress | NodePortClaim>(bucket, key);
      return (
        isParent(claim?.spec?.parentRef, service) &&
        (bucket === nodePortsBucket || hasLabels(claim as IPAddress))
      );
    };
    return (
      addressesOf(service).every(isOwn(addressesBucket)) &&
      nodePortNames(service).every(isOwn(nodePortsBucket))
    );
  }

  #isHeld(claim: IPAddress | NodePortClaim, heldBy: (service: Service) => readonly string[]): boolean {
    const service = this.#parentOf(claim);
    return service !== undefined && heldBy(service).includes(claim.metadata.name!);
  }

  #parentOf({ spec }: IPAddress | NodePortClaim): Service | undefined {
    return isOfService(spec?.parentRef)
      ? this.#get<Service>(servicesBucket, keyOf(spec!.parentRef!))
      : undefined;
  }

  #get<T>(bucket: string, key: string): T | undefined {
    return this.#options.cache.bucket(bucket).get(key)?.object as T | undefined;
  }

  #warn(about: Service | IPAddress, action: string, reason: string, note: string): void {
    const allocator = action === 'PortAllocation' ? 'portallocator' : 'ipallocator';
    const problem = portProblems[reason];
    if (problem) this.#options.metrics.portProblem(problem);
    const told = { type: 'Warning', reason, action, note } as const;
    this.#events.record(`${allocator}-repair-controller`, about, told);
  }

  async #run(loopKey: string): Promise<void> {
    const [bucket = '', key = ''] = loopKey.split(' ');
    if (!this.#isWrong(bucket, key)) return this.#loop.forget(loopKey);
    if (bucket === servicesBucket) await this.#repairService(this.#get<Service>(bucket, key)!);
    else if (bucket === addressesBucket) await this.#repairAddress(this.#get<IPAddress>(bucket, key)!);
    else await this.#drop(key);
  }

  async #repairService(service: Service): Promise<void> {
    for (const address of addressesOf(service)) await this.#repairAddressOf(service, address);
    for (const port of nodePortsOf(service)) await this.#repairPortOf(service, port);
  }

  async #repairAddressOf(service: Service, address: string): Promise<void> {
    const { namespace, name } = service.metadata;
    const warn = (reason: string, message: string) =>
      this.#warn(service, 'ClusterIPAllocation', reason, message);
    const family = `[${familyOf(address)}]`;
    if (!this.#addresses.isInRange(address)) {
      const what = `Cluster IP ${family}: ${address} is not within any configured Service CIDR`;
      return warn('ClusterIPOutOfRange', `${what}; please recreate service`);
    }
    const known = this.#get<IPAddress>(addressesBucket, address);
    if (!known) {
      warn('ClusterIPNotAllocated', `Cluster IP ${family}: ${address} is not allocated; repairing`);
      return this.#makeAddress(address, service);
    }
    if (!isParent(known.spec?.parentRef, service)) {
      const other = this.#parentOf(known);
      if (!other) {
        const what = `the ClusterIP ${family}: ${address} for Service ${namespace}/${name} has a wrong reference`;
        warn('ClusterIPNotAllocated', `${what}; repairing`);
        return this.#makeAddress(address, service, known);
      }
      if (addressesOf(other).includes(address)) {
        const what = `Cluster IP ${family}:${address} was assigned to multiple services`;
        warn('ClusterIPAlreadyAllocated', `${what}; please recreate service`);
      }
    }
    if (!hasLabels(known)) await this.#makeAddress(address, service, known);
  }

  async #makeAddress(address: string, service: Service, instead?: IPAddress): Promise<void> {
    const { client, claims } = this.#options;
    if (instead) await orNotFound(client.delete(ipAddresses, '', address));
    const { metadata, ...rest } = claims.addressObject(address, service);
    await client.create(ipAddresses, { ...rest, metadata: { name: address, labels: metadata.labels! } });
  }

  async #repairPortOf(service: Service, port: number): Promise<void> {
    const warn = (reason: string, message: string) => this.#warn(service, 'PortAllocation', reason, message);
    if (!this.#nodePorts.isInRange(port)) {
      const range = this.#nodePorts.text;
      const what = `Port ${port} is not within the port range ${range}`;
      return warn('PortOutOfRange', `${what}; please recreate service`);
    }
    const entry = this.#options.cache.bucket(nodePortsBucket).get(String(port));
    const claim = entry?.object as NodePortClaim | undefined;
    if (isParent(claim?.spec.parentRef, service)) return;
    if (claim && this.#isHeld(claim, nodePortNames)) {
      return warn(
        'PortAlreadyAllocated',
        `Port ${port} was assigned to multiple services; please recreate service`,
      );
    }
    warn('PortNotAllocated', `Port ${port} is not allocated; repairing`);
    await this.#options.committer.writeCompanion({
      bucket: nodePortsBucket,
      key: String(port),
      revision: entry?.revision ?? 0,
      object: nodePortClaim(port, service),
    });
  }

  async #repairAddress(address: IPAddress): Promise<void> {
    const { name } = address.metadata;
    const { parentRef } = address.spec ?? {};
    const remove = async (reason: string, message: string) => {
      this.#warn(address, 'IPAddressAllocation', reason, message);
      await orNotFound(this.#options.client.delete(ipAddresses, '', name!));
    };
    const of = `for Service ${parentRef?.namespace}/${parentRef?.name}`;
    if (!isOfService(parentRef)) {
      const what = `IPAddress ${name} appears to have been modified, not referencing a Service`;
      return remove('IPAddressNotAllocated', `${what} ${goText(parentRef)}: cleaning up`);
    }
    if (this.#parentOf(address)) {
      return remove('IPAddressWrongReference', `IPAddress: ${name} ${of} has a wrong reference; cleaning up`);
    }
    if (this.#graceOf(address) > 0) return;
    await remove('IPAddressNotAllocated', `IPAddress: ${name} ${of} appears to have leaked: cleaning up`);
  }

  #graceLeftMs(loopKey: string): number | undefined {
    const [bucket = '', key = ''] = loopKey.split(' ');
    if (bucket !== addressesBucket || !this.#isWrong(bucket, key)) return undefined;
    return Math.max(1, this.#graceOf(this.#get<IPAddress>(bucket, key)!));
  }

  #graceOf({ metadata }: IPAddress): number {
    return Date.parse(metadata.creationTimestamp!) + leakGraceMs - this.#options.clock.now();
  }

  async #drop(key: string): Promise<void> {
    const { cache, committer } = this.#options;
    const entry = cache.bucket(nodePortsBucket).get(key);
    if (entry) await committer.writeCompanion({ bucket: nodePortsBucket, key, revision: entry.revision });
  }
}

function nodePortNames(service: Service): string[] {
  return nodePortsOf(service).map(String);
}

function keyOf({ namespace = '', name = '' }: ParentReference): string {
  return `${namespace}/${name}`;
}

function isOfService(parent: ParentReference | undefined): boolean {
  return !parent?.group && parent?.resource === 'services';
}

function isParent(parent: ParentReference | undefined, { metadata }: Service): boolean {
  return isOfService(parent) && keyOf(parent!) === `${metadata.namespace}/${metadata.name}`;
}

function isManaged({ metadata }: IPAddress): boolean {
  return metadata.labels?.[managedByLabel] === allocatorName;
}

function hasLabels(address: IPAddress): boolean {
  return isManaged(address) && address.metadata.labels?.[familyLabel] === familyOf(address.metadata.name!);
}

/** A reference as Go's %v prints a pointer to it. */
function goText({ group = '', resource = '', namespace = '', name = '' }: ParentReference = {}): string {
  return `&ParentReference{Group:${group},Resource:${resource},Namespace:${namespace},Name:${name},}`;
}
