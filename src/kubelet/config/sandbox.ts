import { runtimeKeys } from '../lifecycle/observed.ts';
import { allContainers } from '../lifecycle/spec.ts';
import type { PortMapping, SandboxConfig } from '../runtime.ts';
import type { Pod } from '../types.ts';
import type { DnsConfig } from './dns.ts';
import { podHostname } from './hosts-file.ts';
import type { Layout } from './layout.ts';
import { podCgroup } from './resources.ts';
import { podNamespaces } from './security.ts';

export interface SandboxInput {
  readonly pod: Pod;
  readonly attempt: number;
  readonly layout: Layout;
  readonly dns: DnsConfig;
  readonly clusterDomain: string;
  readonly cgroupRoot: string;
  readonly runtimeHandler?: string;
}

/** The labels by which the pod's sandbox and containers are found again. */
export function podLabels(pod: Pod): Record<string, string> {
  return {
    ...pod.metadata.labels,
    [runtimeKeys.podName]: pod.metadata.name!,
    [runtimeKeys.podNamespace]: pod.metadata.namespace!,
    [runtimeKeys.podUid]: pod.metadata.uid!,
  };
}

function portMappings(pod: Pod): PortMapping[] {
  if (pod.spec?.hostNetwork) return [];
  return allContainers(pod)
    .flatMap(container => container.ports ?? [])
    .filter(port => port.hostPort)
    .map(port => ({
      protocol: (port.protocol ?? 'TCP') as PortMapping['protocol'],
      containerPort: port.containerPort,
      hostPort: port.hostPort!,
      hostIp: port.hostIP ?? '',
    }));
}

const hostnameMax = 64;

/** A pod in the host's network is in its UTS namespace too, whose name no container may set. */
function hostnameOf({ pod, clusterDomain }: SandboxInput): string {
  if (pod.spec?.hostNetwork) return '';
  const { hostname, domain } = podHostname(pod, clusterDomain);
  if (!pod.spec?.setHostnameAsFQDN || !domain) return hostname;
  const fqdn = `${hostname}.${domain}`;
  if (fqdn.length <= hostnameMax) return fqdn;
  throw new Error(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${hostnameMax} characters is the max, ${fqdn.length} characters requested)`,
  );
}

/** The sandbox that CRI is asked for. Throws where the node cannot make one as the spec asks. */
export function sandboxConfig(input: SandboxInput): SandboxConfig {
  const { pod, attempt, layout } = input;
  const { name, namespace, uid, annotations = {} } = pod.metadata;
  const security = pod.spec?.securityContext ?? {};
  if (pod.spec?.hostUsers === false) {
    throw new Error(`RuntimeClass handler "${input.runtimeHandler ?? ''}" does not support user namespaces`);
  }
  return {
    metadata: { name: name!, namespace: namespace!, uid: uid!, attempt },
    hostname: hostnameOf(input),
    logDirectory: layout.logDirectory(pod),
    dns: input.dns,
    portMappings: portMappings(pod),
    labels: podLabels(pod),
    annotations: { ...annotations },
    cgroupParent: podCgroup(input.cgroupRoot, pod),
    sysctls: Object.fromEntries((security.sysctls ?? []).map(({ name: key, value }) => [key, value])),
    namespaces: podNamespaces(pod),
    securityContext: {
      privileged: allContainers(pod).some(container => container.securityContext?.privileged),
      ...(security.runAsUser !== undefined ? { runAsUser: security.runAsUser } : {}),
      ...(security.runAsUser !== undefined && security.runAsGroup !== undefined
        ? { runAsGroup: security.runAsGroup }
        : {}),
      supplementalGroups: [
        ...(security.supplementalGroups ?? []),
        ...(security.fsGroup !== undefined ? [security.fsGroup] : []),
      ],
      seccomp: { type: 'RuntimeDefault' },
      namespaces: podNamespaces(pod),
    },
    ...(input.runtimeHandler ? { runtimeHandler: input.runtimeHandler } : {}),
  };
}
