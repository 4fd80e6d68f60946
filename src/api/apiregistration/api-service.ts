import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { APIService } from '../generated/types/apiregistration.v1.ts';

function availableText(object: APIService): string {
  const condition = (object.status?.conditions ?? []).find(c => c.type === 'Available');
  if (!condition) return 'Unknown';
  if (condition.status === 'True' || !condition.reason) return condition.status;
  return `${condition.status} (${condition.reason})`;
}

function setDefaults({ spec }: APIService): void {
  if (spec?.service) spec.service.port ??= 443;
}

export const apiServiceResource = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService' }],
  kind: 'APIService',
  resource: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  namespaced: false,
  statusSubresource: true,
  strategy: { allowUnconditionalUpdate: false, generation: false, setDefaults },
  columns: [nameColumn, column('Service'), column('Available'), ageColumn],
  row: (object, nowMs) => {
    const service = object.spec?.service;
    return [
      object.metadata.name,
      service ? `${service.namespace ?? ''}/${service.name ?? ''}` : 'Local',
      availableText(object),
      age(object, nowMs),
    ];
  },
});
