import type { KubeObject } from '#machinery/object.ts';

const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

export interface BootstrapOptions {
  readonly kubernetesServiceIp: string;
  readonly serviceCidr: string;
}

/** Objects that every cluster has from the first moment on, less RBAC's. */
export function bootstrapObjects(options: BootstrapOptions): KubeObject[] {
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
    kubernetesServiceCidr(options.serviceCidr),
    kubernetesService(options.kubernetesServiceIp),
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

/** The range of Services' addresses that the cluster was made with (KEP-1880). */
function kubernetesServiceCidr(cidr: string): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [cidr] },
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
