import { column, since, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Event } from '../generated/types/core.v1.ts';

function target({ involvedObject }: Event): string {
  const kind = (involvedObject?.kind ?? '').toLowerCase();
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceText(object: Event): string {
  const component = object.source?.component || object.reportingComponent || '';
  const instance = object.source?.host || object.reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

function row(object: Event, nowMs: number): unknown[] {
  const first = since(object.firstTimestamp ?? object.eventTime ?? undefined, nowMs);
  const last = object.lastTimestamp ? since(object.lastTimestamp, nowMs) : first;
  return [
    object.series ? since(object.series.lastObservedTime, nowMs) : last,
    object.type ?? '',
    object.reason ?? '',
    target(object),
    object.involvedObject?.fieldPath ?? '',
    sourceText(object),
    (object.message ?? '').trim(),
    first,
    object.series ? (object.series.count ?? 0) : object.count || 1,
    object.metadata.name,
  ];
}

export const eventResource = defineResource<Event>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Event' }],
  kind: 'Event',
  resource: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  strategy: { allowCreateOnUpdate: true },
  selectableFields: {
    'involvedObject.kind': object => object.involvedObject?.kind ?? '',
    'involvedObject.namespace': object => object.involvedObject?.namespace ?? '',
    'involvedObject.name': object => object.involvedObject?.name ?? '',
    'involvedObject.uid': object => object.involvedObject?.uid ?? '',
    'involvedObject.apiVersion': object => object.involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': object => object.involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': object => object.involvedObject?.fieldPath ?? '',
    reason: object => object.reason ?? '',
    reportingComponent: object => object.reportingComponent ?? '',
    source: object => object.source?.component || object.reportingComponent || '',
    type: object => object.type ?? '',
  },
  columns: [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    wideColumn('Subobject'),
    wideColumn('Source'),
    column('Message'),
    wideColumn('First Seen'),
    wideColumn('Count'),
    { ...wideColumn('Name'), format: 'name' },
  ],
  row,
});
