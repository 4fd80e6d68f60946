import type { PemFiles } from '#apiserver/pki/pki.ts';
import type { Log } from '#base/log.ts';
import { type KubeletServer, startKubeletServer } from '#kubelet/server/kubelet-server.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { nodeIps } from './node-address.ts';

const defaultPort = 10_250;

/** The node's own server, at the node's address; its usual port gives way to a free one. */
export async function openKubeletServer(
  record: ClusterRecord,
  pki: PemFiles,
  log: Log,
): Promise<KubeletServer> {
  const open = (port: number) =>
    startKubeletServer({
      host: nodeIps(record)[0]!,
      port,
      cert: pki['kubelet.crt']!,
      key: pki['kubelet.key']!,
      clientCa: pki['ca.crt']!,
      log,
    });
  try {
    return await open(defaultPort);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return open(0);
  }
}
