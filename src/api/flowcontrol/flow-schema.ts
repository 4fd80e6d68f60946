import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { FlowSchema } from '../generated/types/flowcontrol.v1.ts';

function setDefaults({ spec }: FlowSchema): void {
  if (spec) spec.matchingPrecedence ||= 1000;
}

export const flowSchemaResource = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.flowcontrol.v1.FlowSchema' }],
  kind: 'FlowSchema',
  resource: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  statusSubresource: true,
  strategy: { allowUnconditionalUpdate: false, setDefaults },
  columns: [
    nameColumn,
    column('PriorityLevel'),
    column('MatchingPrecedence'),
    column('DistinguisherMethod'),
    ageColumn,
    column('MissingPL'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec?.priorityLevelConfiguration?.name ?? '',
    object.spec?.matchingPrecedence ?? 0,
    object.spec?.distinguisherMethod?.type ?? '<none>',
    age(object, nowMs),
    (object.status?.conditions ?? []).find(c => c.type === 'Dangling')?.status ?? '?',
  ],
});
