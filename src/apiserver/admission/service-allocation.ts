import type { Service } from '#api/generated/types/core.v1.ts';
import { type Random, randomInt } from '#base/random.ts';
import { Ipv4Block } from '#machinery/ipv4-block.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { AdmissionPlugin } from './plugin.ts';

export interface ServiceAllocationOptions {
  /** Of the cluster's Services, e.g. '10.96.0.0/16'. */
  readonly cidr: string;
  /** First and last node port. */
  readonly nodePorts: readonly [number, number];
}

/**
 * Gives Services their cluster IPs and node ports. What is taken is read off the Services themselves; what is given
 * to writes still under way is held for a moment, so that two of them never get the same.
 */
export function serviceAllocation(
  services: ResourceCache,
  random: Random,
  options: ServiceAllocationOptions,
): AdmissionPlugin {
  const cidr = new Ipv4Block(options.cidr);
  const allocator = new ServiceAllocator(services, random, cidr, options.nodePorts);
  return {
    name: 'ServiceAllocation',
    complete({ served, operation, subresource, object, old, name }) {
      if (
        served.bucket !== 'core/services' ||
        subresource !== '' ||
        (operation !== 'CREATE' && operation !== 'UPDATE')
      )
        return;
      allocator.fill(object as Service, old as Service | undefined, name);
    },
  };
}

/** Held allocations of writes that came to nothing are forgotten past this many. */
const heldMax = 256;

class ServiceAllocator {
  readonly #services: ResourceCache;
  readonly #random: Random;
  readonly #cidr: Ipv4Block;
  readonly #nodePorts: readonly [number, number];
  readonly #held = new Set<string>();

  constructor(
    services: ResourceCache,
    random: Random,
    cidr: Ipv4Block,
    nodePorts: readonly [number, number],
  ) {
    this.#services = services;
    this.#random = random;
    this.#cidr = cidr;
    this.#nodePorts = nodePorts;
  }

  fill(service: Service, old: Service | undefined, name: string): void {
    const { spec } = service;
    if (!spec) return;
    const type = spec.type ?? 'ClusterIP';
    if (type === 'ExternalName') {
      delete spec.clusterIP;
      delete spec.clusterIPs;
      return;
    }
    this.#fillClusterIp(service, old, name);
    if (type === 'NodePort' || type === 'LoadBalancer') this.#fillNodePorts(service, old, name);
    else if (old && old.spec?.type !== type) dropNodePorts(service, old);
  }

  #fillClusterIp(service: Service, old: Service | undefined, name: string): void {
    const spec = service.spec!;
    if (!spec.clusterIP && !spec.clusterIPs?.length && old?.spec?.clusterIP)
      spec.clusterIP = old.spec.clusterIP;
    spec.clusterIP ||= spec.clusterIPs?.[0] ?? '';
    if (spec.clusterIP === '') spec.clusterIP = this.#freeAddress();
    else if (spec.clusterIP !== 'None' && spec.clusterIP !== old?.spec?.clusterIP)
      this.#claim(spec.clusterIP, name);
    spec.clusterIPs = [spec.clusterIP];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  }

  #claim(address: string, name: string): void {
    const refuse = (why: string) =>
      statusError.invalid({ group: '', kind: 'Service' }, name, [
        {
          type: 'FieldValueInvalid',
          field: 'spec.clusterIPs',
          message: `Invalid value: ${JSON.stringify([address])}: failed to allocate IP ${address}: ${why}`,
        },
      ]);
    if (!this.#cidr.contains(address)) {
      throw refuse(
        `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.#cidr.text}`,
      );
    }
    if (this.#addresses().has(address)) throw refuse('provided IP is already allocated');
    this.#hold(address);
  }

  #freeAddress(): string {
    const taken = this.#addresses();
    // The first and last address name the network and its broadcast, the second is the API server's.
    const count = this.#cidr.size - 3;
    const start = randomInt(this.#random, count);
    for (let i = 0; i < count; i++) {
      const address = this.#cidr.addressAt(2 + ((start + i) % count));
      if (taken.has(address) || this.#held.has(address)) continue;
      this.#hold(address);
      return address;
    }
    throw statusError.internal('failed to allocate a serviceIP: range is full');
  }

  #fillNodePorts(service: Service, old: Service | undefined, name: string): void {
    const taken = this.#ports(service);
    const given = new Set<string>();
    for (const [index, port] of (service.spec!.ports ?? []).entries()) {
      const protocol = port.protocol ?? 'TCP';
      const before = old?.spec?.ports?.find(
        other => other.port === port.port && (other.protocol ?? 'TCP') === protocol,
      );
      port.nodePort ||= before?.nodePort ?? 0;
      if (port.nodePort === 0) port.nodePort = this.#freePort(protocol, taken, given);
      else if (port.nodePort !== before?.nodePort)
        this.#claimPort(port.nodePort, protocol, index, taken, name);
      given.add(`${protocol}/${port.nodePort}`);
    }
  }

  #claimPort(port: number, protocol: string, index: number, taken: ReadonlySet<string>, name: string): void {
    const [first, last] = this.#nodePorts;
    const refuse = (why: string) =>
      statusError.invalid({ group: '', kind: 'Service' }, name, [
        {
          type: 'FieldValueInvalid',
          field: `spec.ports[${index}].nodePort`,
          message: `Invalid value: ${port}: ${why}`,
        },
      ]);
    if (port < first || port > last) {
      throw refuse(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    }
    if (taken.has(`${protocol}/${port}`)) throw refuse('provided port is already allocated');
    this.#hold(`${protocol}/${port}`);
  }

  #freePort(protocol: string, taken: ReadonlySet<string>, given: ReadonlySet<string>): number {
    const [first, last] = this.#nodePorts;
    const count = last - first + 1;
    const start = randomInt(this.#random, count);
    for (let i = 0; i < count; i++) {
      const port = first + ((start + i) % count);
      const key = `${protocol}/${port}`;
      if (taken.has(key) || given.has(key) || this.#held.has(key)) continue;
      this.#hold(key);
      return port;
    }
    throw statusError.internal('failed to allocate a nodePort: range is full');
  }

  #hold(what: string): void {
    if (this.#held.size >= heldMax) this.#held.clear();
    this.#held.add(what);
  }

  #addresses(): Set<string> {
    const taken = new Set<string>();
    for (const { object } of this.#services.objects()) {
      for (const address of (object as Service).spec?.clusterIPs ?? []) taken.add(address);
    }
    return taken;
  }

  #ports(except: Service): Set<string> {
    const taken = new Set<string>();
    for (const { object } of this.#services.objects()) {
      if (object.metadata.uid === except.metadata.uid) continue;
      for (const port of (object as Service).spec?.ports ?? []) {
        if (port.nodePort) taken.add(`${port.protocol ?? 'TCP'}/${port.nodePort}`);
      }
    }
    return taken;
  }
}

/** A Service that stops being a NodePort gives up the ports that it had, unless the client names them anew. */
function dropNodePorts(service: Service, old: Service): void {
  const had = new Set(old.spec?.ports?.map(port => port.nodePort));
  for (const port of service.spec?.ports ?? []) if (had.has(port.nodePort)) delete port.nodePort;
}
