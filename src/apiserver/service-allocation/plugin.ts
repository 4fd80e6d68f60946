import { type IpFamily, familyOf } from '#machinery/ip.ts';
import { needsHealthCheck } from '#api/core/service/validation.ts';
import { normalizeClusterIps, patchAllocated } from '#api/core/service/update.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { Random } from '#base/random.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
import type { AdmissionPlugin } from '../admission/plugin.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { type AddressChooser, ServiceAddresses } from './addresses.ts';
import { fillFamilies } from './families.ts';
import type { AllocationMetrics } from './metrics.ts';
import { type NodePortChooser, NodePorts, nodePortsOf } from './node-ports.ts';

export interface ServiceAllocationOptions {
  /** The networks of the cluster's Services, one or one of each family: its first ServiceCIDR's, the default first. */
  readonly cidrs: readonly string[];
  /** First and last node port. */
  readonly nodePorts: readonly [number, number];
}

const path = FieldPath.of('spec');

/**
 * Gives Services their cluster IPs and node ports. What it chooses is taken by the transaction that writes the Service
 * (ServiceClaims); who loses that race is asked again.
 */
export function serviceAllocation(
  cache: StateCache,
  random: Random,
  {
    serviceAllocation: options,
    allocationMetrics,
  }: { readonly serviceAllocation: ServiceAllocationOptions; readonly allocationMetrics: AllocationMetrics },
): AdmissionPlugin {
  const addresses = new ServiceAddresses(cache, random);
  const nodePorts = new NodePorts(cache, random, options.nodePorts);
  const families = options.cidrs.map(familyOf);
  const allocator = new ServiceAllocator(families, addresses, nodePorts, allocationMetrics);
  const tried = new ServiceAllocator(families, addresses.forDryRun(), nodePorts.forDryRun(), undefined);
  return {
    name: 'ServiceAllocation',
    concerns: ({ served, operation, subresource }) =>
      served.bucket === 'core/services' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      subresource === '',
    complete({ object, old, name, dryRun }) {
      const chosen = dryRun ? tried : allocator;
      chosen.fill(object as Service, old as Service | undefined, name);
    },
  };
}

class ServiceAllocator {
  readonly #families: readonly IpFamily[];
  readonly #addresses: AddressChooser;
  readonly #nodePorts: NodePortChooser;
  readonly #metrics: AllocationMetrics | undefined;

  /** `metrics`: undefined of a dry run, which takes nothing. */
  constructor(
    families: readonly IpFamily[],
    addresses: AddressChooser,
    nodePorts: NodePortChooser,
    metrics: AllocationMetrics | undefined,
  ) {
    this.#families = families;
    this.#addresses = addresses;
    this.#nodePorts = nodePorts;
    this.#metrics = metrics;
  }

  fill(service: Service, old: Service | undefined, name: string): void {
    if (!service.spec) return;
    if (old) patchAllocated(service, old);
    else normalizeClusterIps(service.spec);
    refuse(name, fillFamilies(service, old, this.#families));
    this.#fillAddresses(service, old, name);
    const given = new Set<number>();
    const { type } = service.spec;
    if (type === 'NodePort' || type === 'LoadBalancer') this.#fillNodePorts(service, old, given, name);
    this.#fillHealthCheckPort(service, old, given);
  }

  #fillAddresses({ spec }: Service, old: Service | undefined, name: string): void {
    if (!spec || spec.type === 'ExternalName' || spec.clusterIPs?.[0] === 'None') return;
    if (old?.spec?.clusterIPs?.[0] === 'None') return;
    const kept = old?.spec?.type === 'ExternalName' ? [] : (old?.spec?.clusterIPs ?? []);
    const families = (spec.ipFamilies ?? []) as IpFamily[];
    const addresses = [...(spec.clusterIPs ?? [])];
    while (addresses.length < families.length) addresses.push('');
    for (const [i, family] of families.entries()) {
      // An address that may not change is none to allocate: validation refuses it.
      if (i < kept.length) continue;
      const sinceMs = this.#metrics?.now() ?? 0;
      if (addresses[i]) {
        const why = this.#addresses.refusal(addresses[i]!);
        this.#metrics?.address(addresses[i]!, 'static', !why, sinceMs);
        const detail = `failed to allocate IP ${addresses[i]}: ${why}`;
        if (why) refuse(name, [fieldError.invalid(path.child('clusterIPs'), addresses, detail)]);
      } else {
        const address = this.#addresses.next(family);
        if (!address) throw statusError.internal('failed to allocate a serviceIP: range is full');
        addresses[i] = address;
        this.#metrics?.address(address, 'dynamic', true, sinceMs);
      }
    }
    if (addresses.length === 0) return;
    spec.clusterIPs = addresses;
    spec.clusterIP = addresses[0]!;
  }

  /** In a new Service, ports of the same number, of two protocols, share a node port. */
  #fillNodePorts(service: Service, old: Service | undefined, given: Set<number>, name: string): void {
    const spec = service.spec!;
    const ports = spec.ports ?? [];
    const kept = new Set(old ? nodePortsOf(old) : []);
    const allocates = spec.type !== 'LoadBalancer' || spec.allocateLoadBalancerNodePorts !== false;
    const pairs = new Set<string>();
    const shared = (number: number) =>
      old ? undefined : ports.find(({ port, nodePort }) => port === number && nodePort)?.nodePort;
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort && !allocates) continue;
      const isChosen = !port.nodePort;
      port.nodePort ||= shared(port.port) ?? this.#nextPort(given);
      if (!isChosen && !kept.has(port.nodePort) && !given.has(port.nodePort)) {
        const why = this.#nodePorts.refusal(port.nodePort, given);
        this.#metrics?.port('static', !why);
        const at = path.child('ports').index(i).child('nodePort');
        if (why) refuse(name, [fieldError.invalid(at, port.nodePort, why)]);
      }
      if (isChosen && !kept.has(port.nodePort) && !given.has(port.nodePort)) {
        this.#metrics?.port('dynamic', true);
      }
      if (!kept.has(port.nodePort)) given.add(port.nodePort);
      const pair = `${port.protocol} ${port.nodePort}`;
      if (old && pairs.has(pair)) throw statusError.unclassified(`duplicate nodePort: {${pair}}`);
      pairs.add(pair);
    }
  }

  #nextPort(given: ReadonlySet<number>): number {
    const port = this.#nodePorts.next(given);
    if (port === undefined) throw statusError.internal('failed to allocate a nodePort: range is full');
    return port;
  }

  #fillHealthCheckPort({ spec }: Service, old: Service | undefined, given: ReadonlySet<number>): void {
    if (!spec || !needsHealthCheck(spec) || (old?.spec && needsHealthCheck(old.spec))) return;
    const asked = spec.healthCheckNodePort ?? 0;
    const port = asked || this.#nodePorts.next(given);
    const why = port === undefined ? 'range is full' : asked && this.#nodePorts.refusal(asked, given);
    if (why) {
      const what = asked ? `requested HealthCheck NodePort ${asked}` : 'a HealthCheck NodePort 0';
      throw statusError.internal(`failed to allocate ${what}: ${why}`);
    }
    spec.healthCheckNodePort = port!;
  }
}

function refuse(name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusError.invalid({ group: '', kind: 'Service' }, name, errors);
}
