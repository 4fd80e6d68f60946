import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Ingress } from '../generated/types/networking.v1.ts';

const shownMax = 3;

function hostsText(object: Ingress): string {
  const rules = object.spec?.rules ?? [];
  const hosts = rules.map(rule => rule.host ?? '').filter(Boolean);
  if (hosts.length === 0) return '*';
  const shown = hosts.slice(0, shownMax).join(',');
  return hosts.length >= shownMax && rules.length > shownMax
    ? `${shown} + ${rules.length - shownMax} more...`
    : shown;
}

function addressText(object: Ingress): string {
  const addresses = (object.status?.loadBalancer?.ingress ?? []).map(i => i.ip || i.hostname || '');
  return [...new Set(addresses.filter(Boolean))].sort().join(',');
}

export const ingressResource = defineResource<Ingress>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.Ingress' }],
  kind: 'Ingress',
  resource: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  statusSubresource: true,
  strategy: {},
  columns: [nameColumn, column('Class'), column('Hosts'), column('Address'), column('Ports'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec?.ingressClassName ?? '<none>',
    hostsText(object),
    addressText(object),
    object.spec?.tls?.length ? '80, 443' : '80',
    age(object, nowMs),
  ],
});
