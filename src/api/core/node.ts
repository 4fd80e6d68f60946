import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Node } from '../generated/types/core.v1.ts';

const rolePrefix = 'node-role.kubernetes.io/';

function statusText(object: Node): string {
  const ready = (object.status?.conditions ?? []).find(condition => condition.type === 'Ready');
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return object.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

function rolesText(object: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

function address(object: Node, type: string): string {
  return (object.status?.addresses ?? []).find(a => a.type === type)?.address ?? '<none>';
}

function setDefaults({ status }: Node): void {
  if (status?.capacity) status.allocatable ??= { ...status.capacity };
}

export const nodeResource = defineResource<Node>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Node' }],
  kind: 'Node',
  resource: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  statusSubresource: true,
  extraSubresources: [
    {
      name: 'proxy',
      kind: 'NodeProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
  ],
  strategy: { generation: false, setDefaults },
  selectableFields: {
    'spec.unschedulable': object => String(object.spec?.unschedulable ?? false),
  },
  columns: [
    nameColumn,
    column('Status'),
    column('Roles'),
    ageColumn,
    column('Version'),
    wideColumn('Internal-IP'),
    wideColumn('External-IP'),
    wideColumn('OS-Image'),
    wideColumn('Kernel-Version'),
    wideColumn('Container-Runtime'),
  ],
  row: (object, nowMs) => {
    const info = object.status?.nodeInfo;
    return [
      object.metadata.name,
      statusText(object),
      rolesText(object),
      age(object, nowMs),
      info?.kubeletVersion ?? '',
      address(object, 'InternalIP'),
      address(object, 'ExternalIP'),
      info?.osImage || '<unknown>',
      info?.kernelVersion || '<unknown>',
      info?.containerRuntimeVersion || '<unknown>',
    ];
  },
});
