import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { IngressClass } from '../generated/types/networking.v1.ts';

function parametersText(object: IngressClass): string {
  const parameters = object.spec?.parameters;
  if (!parameters) return '<none>';
  const group = parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
  return `${parameters.kind}${group}/${parameters.name}`;
}

function setDefaults({ spec }: IngressClass): void {
  if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
}

export const ingressClassResource = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.IngressClass' }],
  kind: 'IngressClass',
  resource: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  strategy: { generation: true, setDefaults },
  columns: [nameColumn, column('Controller'), column('Parameters'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec?.controller ?? '',
    parametersText(object),
    age(object, nowMs),
  ],
});
