import { networkInterfaces } from 'node:os';
import { type ClusterRecord, addressIn, nodePodCidr } from './cluster-record.ts';

/** The bridge's address: every pod's gateway, and there whatever network this machine is in. */
export function gatewayAddress(record: ClusterRecord): string {
  return addressIn(nodePodCidr(record.podCidr), 1);
}

/** The machine's first address that others may reach; undefined where it is on no network. */
export function machineAddress(record: ClusterRecord): string | undefined {
  const pods = record.podCidr.split('.').slice(0, 2).join('.');
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(
      address => address.family === 'IPv4' && !address.internal && !address.address.startsWith(`${pods}.`),
    )
    .map(address => address.address)
    .find(address => !address.startsWith('169.254.'));
}

/** The addresses that the node's certificates must name, its own first. */
export function nodeIps(record: ClusterRecord): string[] {
  const machine = machineAddress(record);
  return [...(machine ? [machine] : []), gatewayAddress(record)];
}
