import { familyOf } from '#machinery/ip.ts';
import { networkInterfaces } from 'node:os';
import { bridgePrefix } from '#kubelet/engine/layout.ts';
import { type ClusterRecord, addressIn, nodePodCidrs } from './cluster-record.ts';

/** The bridge's addresses, one of each IP family: every pod's gateways, and there whatever network this machine is in. */
export function gatewayAddresses(record: ClusterRecord): string[] {
  return nodePodCidrs(record).map(cidr => addressIn(cidr, 1));
}

/** The node's addresses, one of each IP family: the machine's first that others may reach, or the bridge's. */
export function nodeAddresses(record: ClusterRecord): string[] {
  const gateways = gatewayAddresses(record);
  return gateways.map(gateway => addresses(familyOf(gateway))[0] ?? gateway);
}

/** An address to tell of a server that nobody reaches from elsewhere: endpoints may not be loopback addresses. */
export function networkAddress(family: 'IPv4' | 'IPv6' = 'IPv4'): string {
  return addresses(family)[0] ?? (family === 'IPv4' ? '192.0.2.1' : '2001:db8::1');
}

/** Without those of clusters' bridges. */
function addresses(wanted: 'IPv4' | 'IPv6'): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !name.startsWith(bridgePrefix))
    .flatMap(([, list]) => list ?? [])
    .filter(({ family, internal, address }) => {
      return family === wanted && !internal && !/^(169\.254|fe80:)/.test(address);
    })
    .map(({ address }) => address);
}

/** The addresses that the node's certificates must name, its own first. */
export function nodeIps(record: ClusterRecord): string[] {
  return [...new Set([...nodeAddresses(record), ...gatewayAddresses(record)])];
}
