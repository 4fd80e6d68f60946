import type { ServiceCIDR } from '#api/generated/types/networking.v1.ts';
import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  type FamilyOptions,
  HistogramFamily,
  type MetricFamily,
  SampledFamily,
  defaultBuckets,
} from '#base/metric-families.ts';
import { type IpBlock, ipBlock } from '#machinery/ip-block.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { addressesBucket, serviceCidrsBucket, usableCount } from './addresses.ts';
import { nodePortsBucket } from './node-ports.ts';

/** Asked for by name, or chosen. */
type Scope = 'dynamic' | 'static';
/** What was wrong with a node port: nobody's claim, one of two Services, not a node port at all, or one that nobody uses. */
export type PortProblem = 'duplicate' | 'leak' | 'outOfRange' | 'repair';

const ips = (name: string, help: string): FamilyOptions => ({
  name: `kube_apiserver_clusterip_allocator_${name}`,
  help,
  stability: 'ALPHA',
});
const ports = (name: string, help: string): FamilyOptions => ({
  name: `kube_apiserver_nodeport_allocator_${name}`,
  help,
  stability: 'ALPHA',
});
const repair = (name: string, help: string): FamilyOptions => ({
  name: `apiserver_nodeport_repair_${name}`,
  help,
  stability: 'ALPHA',
});

/** What addresses and node ports Services have and got, under upstream's names. */
export class AllocationMetrics {
  readonly #cache: StateCache;
  readonly #clock: Clock;
  readonly #nodePorts: readonly [number, number];
  readonly #ips = new CounterFamily(ips('allocation_total', 'Number of Cluster IPs allocations'));
  readonly #ipErrors = new CounterFamily(
    ips('allocation_errors_total', 'Number of errors trying to allocate Cluster IPs'),
  );
  readonly #seconds = new HistogramFamily({
    ...ips('allocation_duration_seconds', 'Duration in seconds to allocate a Cluster IP by ServiceCIDR'),
    buckets: defaultBuckets,
  });
  readonly #ports = new CounterFamily(ports('allocation_total', 'Number of NodePort allocations'));
  readonly #portErrors = new CounterFamily(
    ports('allocation_errors_total', 'Number of errors trying to allocate NodePort'),
  );
  readonly #problems = new CounterFamily(
    repair(
      'port_errors_total',
      'Number of errors detected on ports by the repair loop broken down by type of error: leak, repair, full, outOfRange, duplicate, unknown',
    ),
  );
  readonly #failures = new CounterFamily(
    repair(
      'reconcile_errors_total',
      'Number of reconciliation failures on the nodeport repair reconcile loop',
    ),
  );
  /** A claim could not be repaired. */
  readonly repairFailed = this.#failures.of({});
  readonly families: readonly MetricFamily[];

  constructor(cache: StateCache, clock: Clock, nodePorts: readonly [number, number]) {
    this.#cache = cache;
    this.#clock = clock;
    this.#nodePorts = nodePorts;
    const usedPorts = () => cache.bucket(nodePortsBucket).size;
    this.families = [
      this.#ips,
      this.#ipErrors,
      this.#seconds,
      new SampledFamily(
        ips('allocated_ips', 'Gauge measuring the number of allocated IPs for Services'),
        () => this.#blocks().map(({ cidr, block }) => [{ cidr }, this.#usedOf(block)] as const),
      ),
      new SampledFamily(
        ips('available_ips', 'Gauge measuring the number of available IPs for Services'),
        () =>
          this.#blocks().map(
            ({ cidr, block }) => [{ cidr }, usableCount(block) - this.#usedOf(block)] as const,
          ),
      ),
      this.#ports,
      this.#portErrors,
      new SampledFamily(
        ports('allocated_ports', 'Gauge measuring the number of allocated NodePorts for Services'),
        () => [[{}, usedPorts()]],
      ),
      new SampledFamily(
        ports('available_ports', 'Gauge measuring the number of available NodePorts for Services'),
        () => [[{}, this.#nodePorts[1] - this.#nodePorts[0] + 1 - usedPorts()]],
      ),
      this.#problems,
      this.#failures,
    ];
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  /** An address was given, or refused, which was asked for at a time that `now` said. */
  address(address: string, scope: Scope, isGiven: boolean, sinceMs: number): void {
    const cidr = this.#blocks().find(({ block }) => block.offsetOf(address) !== undefined)?.cidr;
    if (cidr === undefined) return;
    (isGiven ? this.#ips : this.#ipErrors).add({ cidr, scope });
    this.#seconds.observe({ cidr }, (this.#clock.monotonicMs() - sinceMs) / 1000);
  }

  port(scope: Scope, isGiven: boolean): void {
    (isGiven ? this.#ports : this.#portErrors).add({ scope });
  }

  portProblem(type: PortProblem): void {
    this.#problems.add({ type });
  }

  #blocks(): { readonly cidr: string; readonly block: IpBlock }[] {
    return [...this.#cache.bucket(serviceCidrsBucket).objects()].flatMap(({ object }) =>
      ((object as ServiceCIDR).spec?.cidrs ?? []).map(cidr => ({ cidr, block: ipBlock(cidr) })),
    );
  }

  #usedOf(block: IpBlock): number {
    let used = 0;
    for (const { key } of this.#cache.bucket(addressesBucket).objects()) {
      if (block.offsetOf(key) !== undefined) used++;
    }
    return used;
  }
}
