import { age, ageColumn, column, nameColumn, selectorText } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { NetworkPolicy } from '../generated/types/networking.v1.ts';

function setDefaults({ spec }: NetworkPolicy): void {
  if (!spec) return;
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if (spec.policyTypes?.length) return;
  spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

export const networkPolicyResource = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.NetworkPolicy' }],
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  strategy: { generation: true, setDefaults },
  columns: [nameColumn, column('Pod-Selector'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, selectorText(object.spec?.podSelector), age(object, nowMs)],
});
