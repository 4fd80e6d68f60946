import { ipBlock } from '#machinery/ip-block.ts';
import type { KubeObject } from '#machinery/object.ts';

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

export interface BootstrapOptions {
  /** One or one of each family, the default first. */
  readonly serviceCidrs: readonly string[];
}

/** Objects that every cluster has from the first moment on, less RBAC's. */
export function bootstrapObjects({ serviceCidrs }: BootstrapOptions): KubeObject[] {
  return [
    ...namespaces.map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    priorityClass(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    priorityClass(
      'system-node-critical',
      2_000_001_000,
      'Used for system critical pods that must not be moved from their current node.',
    ),
    kubernetesServiceCidr(serviceCidrs),
    kubernetesService(ipBlock(serviceCidrs[0]!).addressAt(1)),
  ];
}

function priorityClass(name: string, value: number, description: string): KubeObject {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
    preemptionPolicy: 'PreemptLowerPriority',
  } as KubeObject;
}

/** The ranges of Services' addresses that the cluster was made with (KEP-1880). */
function kubernetesServiceCidr(cidrs: readonly string[]): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs },
  } as KubeObject;
}

/** The API server's own Service; its endpoints are published by whoever knows its address. */
function kubernetesService(clusterIP: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      clusterIP,
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  } as KubeObject;
}
