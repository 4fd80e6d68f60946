import { defineResource } from '../../definition.ts';
import type { Pod } from '../../generated/types/core.v1.ts';
import { podColumns, podRow, podRowConditions } from './columns.ts';
import { podStrategy } from './strategy.ts';

export const podResource = defineResource<Pod>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Pod' }],
  kind: 'Pod',
  resource: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  withoutTable: ['ephemeralcontainers', 'resize'],
  extraSubresources: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  ],
  strategy: podStrategy,
  selectableFields: {
    // What clients of an early v1 still send.
    'spec.host': object => object.spec?.nodeName ?? '',
    'spec.hostNetwork': object => String(object.spec?.hostNetwork ?? false),
    'spec.nodeName': object => object.spec?.nodeName ?? '',
    'spec.restartPolicy': object => object.spec?.restartPolicy ?? '',
    'spec.schedulerName': object => object.spec?.schedulerName ?? '',
    'spec.serviceAccountName': object => object.spec?.serviceAccountName ?? '',
    'status.nominatedNodeName': object => object.status?.nominatedNodeName ?? '',
    'status.phase': object => object.status?.phase ?? '',
    'status.podIP': object => object.status?.podIPs?.[0]?.ip ?? '',
    // Upstream knows the name, and no values of it.
    'status.podIPs': () => '',
  },
  columns: podColumns,
  row: podRow,
  rowConditions: podRowConditions,
});
