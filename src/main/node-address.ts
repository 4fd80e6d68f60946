import { networkInterfaces } from 'node:os';
import { bridgePrefix } from '#kubelet/engine/layout.ts';
import { type ClusterRecord, addressIn, nodePodCidr } from './cluster-record.ts';

/** The bridge's address: every pod's gateway, and there whatever network this machine is in. */
export function gatewayAddress(record: ClusterRecord): string {
  return addressIn(nodePodCidr(record.podCidr), 1);
}

/** The machine's first address that others may reach; undefined where it is on no network. */
export function machineAddress(): string | undefined {
  return addresses('IPv4')[0];
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
  const machine = machineAddress();
  return [...(machine ? [machine] : []), gatewayAddress(record)];
}
