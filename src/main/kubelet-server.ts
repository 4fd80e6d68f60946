import type { PemFiles } from '#apiserver/pki/pki.ts';
import type { Log } from '#base/log.ts';
import type { Kubelet } from '#kubelet/kubelet.ts';
import type { ClusterRecord } from './cluster-record.ts';

export interface KubeletServerPart {
  readonly port: number;
  attach(kubelet: Kubelet): void;
  stop(): Promise<void>;
}

export async function startKubeletServer(
  _record: ClusterRecord,
  _pki: PemFiles,
  _log: Log,
): Promise<KubeletServerPart> {
  return { port: 10250, attach() {}, stop: async () => {} };
}
