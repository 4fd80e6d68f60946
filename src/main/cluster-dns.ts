import { type ClusterRecord, addressIn } from './cluster-record.ts';
import type { ClusterServer, ServerOptions } from './server.ts';

export interface ClusterDnsPart {
  stop(): Promise<void>;
}

/** Of the Service kube-dns, as kubeadm gives it. */
export function clusterDnsIp(record: ClusterRecord): string {
  return addressIn(record.serviceCidr, 10);
}

export async function startClusterDns(
  _options: ServerOptions,
  _server: ClusterServer,
): Promise<ClusterDnsPart> {
  return { stop: async () => {} };
}
