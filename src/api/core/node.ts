import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Node } from '../generated/types/core.v1.ts';
import { FieldPath } from '#machinery/field.ts';
import { cidrWarnings } from '../address-warnings.ts';
import { validateNode, validateNodeUpdate } from '../node-validation.ts';

const spec = FieldPath.of('spec');
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

/** podCIDR is the first of podCIDRs; where they say otherwise, it is believed: older clients know no more. */
function setDefaults({ spec, status }: Node): void {
  if (spec?.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  if (spec?.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status?.capacity) status.allocatable ??= { ...status.capacity };
}

/** Nodes take no configuration from here any more: only who has it keeps it. */
function dropConfig({ spec, status }: Node, old?: Node): void {
  if (!old?.spec?.configSource) delete spec?.configSource;
  if (!old) delete status?.config;
}

/** And so they do not report which. */
function prepareForStatusUpdate({ status }: Node, old: Node): void {
  if (status && !old.status?.config) delete status.config;
}

function warnings({ spec: given }: Node): string[] {
  const removed = given?.configSource !== undefined;
  const unused = Boolean(given?.externalID);
  return [
    ...(removed ? ['spec.configSource: the feature is removed'] : []),
    ...(unused ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(given?.podCIDRs ?? []).flatMap((cidr, i) => cidrWarnings(spec.child('podCIDRs').index(i), cidr)),
  ];
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
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    generation: false,
    createsStatus: true,
    setDefaults,
    prepareForCreate: node => dropConfig(node),
    prepareForUpdate: dropConfig,
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    prepareForStatusUpdate,
    validateStatusUpdate: validateNodeUpdate,
    warnings,
  },
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
      (info?.kernelVersion || '<unknown>') + (info?.architecture ? ` (${info.architecture})` : ''),
      info?.containerRuntimeVersion || '<unknown>',
    ];
  },
});
