import { age, ageColumn, column, labelsText, nameColumn, wideColumn } from '../../columns.ts';
import type { Column } from '../../definition.ts';
import type { Service } from '../../generated/types/core.v1.ts';

export const serviceColumns: readonly Column[] = [
  nameColumn,
  column('Type'),
  column('Cluster-IP'),
  column('External-IP'),
  column('Port(s)'),
  ageColumn,
  wideColumn('Selector'),
];

function loadBalancerIps(object: Service): string[] {
  const addresses = (object.status?.loadBalancer?.ingress ?? []).map(i => i.ip || i.hostname || '');
  return [...new Set(addresses.filter(Boolean))].sort();
}

function externalIp(object: Service): string {
  const external = object.spec?.externalIPs ?? [];
  switch (object.spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer':
      return [...loadBalancerIps(object), ...external].join(',') || '<pending>';
    case 'ExternalName':
      return object.spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function portsText(object: Service): string {
  const ports = (object.spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.join(',') || '<none>';
}

export function serviceRow(object: Service, nowMs: number): unknown[] {
  return [
    object.metadata.name,
    object.spec?.type ?? '',
    object.spec?.clusterIPs?.[0] ?? '<none>',
    externalIp(object),
    portsText(object),
    age(object, nowMs),
    labelsText(object.spec?.selector),
  ];
}
