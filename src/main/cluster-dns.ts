import { familyOf } from '#machinery/ip.ts';
import { readFile } from 'node:fs/promises';
import { endpointSlices, services } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';
import { parseResolvConf } from '#network/dns/resolvers.ts';
import { type Dns, createDns } from '#network/dns/server.ts';
import { HostSockets } from '#network/dns/sockets.ts';
import { type ClusterRecord, addressIn } from './cluster-record.ts';
import { gatewayAddresses } from './node-address.ts';
import { serviceCidrsOf } from './service-range.ts';
import type { ServedCluster, ServerOptions } from './server-options.ts';

const port = 53;
const name = 'kube-dns';
const namespace = 'kube-system';

/** Of the Service kube-dns, as kubeadm gives it. */
export function clusterDnsIp(record: ClusterRecord): string {
  return addressIn(serviceCidrsOf(record)[0]!, 10);
}

/** Serves the cluster's names at the bridge's address, and gives them the Service that pods are told of. */
export async function startClusterDns(
  { record, clock, random, log }: ServerOptions,
  server: ServedCluster,
): Promise<Dns> {
  const address = gatewayAddresses(record)[0]!;
  const [dns] = await Promise.all([
    createDns({
      informers: server.controlPlane.informers,
      listen: [{ address, port }],
      resolvers: await hostResolvers(),
      sockets: new HostSockets(),
      clock,
      random,
      log,
    }),
    publish(server.controlPlane.client, clusterDnsIp(record), address),
  ]);
  await dns.ready;
  return dns;
}

async function hostResolvers() {
  return parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
}

async function publish(client: Client, clusterIP: string, address: string): Promise<void> {
  const labels = {
    'k8s-app': 'kube-dns',
    'kubernetes.io/cluster-service': 'true',
    'kubernetes.io/name': 'CoreDNS',
  };
  const ports = [
    { name: 'dns', port, protocol: 'UDP' },
    { name: 'dns-tcp', port, protocol: 'TCP' },
  ];
  // Looked for first: its own address is taken already where it is there.
  try {
    await client.get(services, namespace, name);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    await client.create(services, { metadata: { name, namespace, labels }, spec: { clusterIP, ports } });
  }
  const slice = {
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: familyOf(address),
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
  try {
    await client.create(endpointSlices, slice);
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    await client.update(endpointSlices, slice);
  }
}
