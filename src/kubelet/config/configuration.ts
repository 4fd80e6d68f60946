import type { CompleteSettings } from './settings.ts';
import type { ClusterDns } from './dns.ts';

export interface ConfigurationFacts {
  readonly clusterDns: ClusterDns;
  readonly cgroupRoot: string;
  readonly maxPods: number;
  readonly port: number;
  readonly settings: CompleteSettings;
}

/** What /configz tells: the part of a KubeletConfiguration (kubelet.config.k8s.io/v1beta1) that holds of this kubelet. */
export function kubeletConfiguration({
  clusterDns,
  cgroupRoot,
  maxPods,
  port,
  settings,
}: ConfigurationFacts) {
  return {
    enableServer: true,
    port,
    authentication: { x509: {}, webhook: { enabled: true, cacheTTL: '10s' }, anonymous: { enabled: false } },
    authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '10s', cacheUnauthorizedTTL: '10s' } },
    enableDebuggingHandlers: true,
    enableSystemLogHandler: true,
    clusterDomain: clusterDns.domain,
    clusterDNS: clusterDns.servers,
    nodeStatusUpdateFrequency: '10s',
    nodeLeaseDurationSeconds: 40,
    cgroupDriver: 'cgroupfs',
    ...(cgroupRoot ? { cgroupRoot } : {}),
    cpuManagerPolicy: 'none',
    memoryManagerPolicy: 'None',
    topologyManagerPolicy: 'none',
    maxPods,
    ...settings,
    containerLogMaxSize: '10Mi',
    containerLogMaxFiles: 5,
    makeIPTablesUtilChains: false,
    failSwapOn: false,
    memorySwap: {},
  };
}
