import { column, since, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Event } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { invalidEach } from '../validation.ts';

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
  const first = since(object.firstTimestamp ?? object.eventTime, nowMs);
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

const shortTextMax = 128;
const noteMax = 1024;

function validateText(name: string, text: string | undefined, max: number): FieldError[] {
  if (!text) return [fieldError.required(name)];
  return text.length > max ? [fieldError.invalid(name, '', `can have at most ${max} characters`)] : [];
}

/** Those without an event time are about an object beside them; others may be about one elsewhere. */
function validateNamespace({ metadata, involvedObject, eventTime }: Event): FieldError[] {
  const about = involvedObject?.namespace ?? '';
  const namespace = metadata.namespace ?? '';
  const homes = eventTime ? ['default', 'kube-system'] : ['', 'default'];
  const isHome = about === '' ? homes.includes(namespace) : Boolean(eventTime) || about === namespace;
  if (isHome) return [];
  const path = FieldPath.of('involvedObject', 'namespace');
  return [fieldError.invalid(path, about, 'does not match event.namespace')];
}

/** What is missing is no name either. */
function validateReporter(path: FieldPath, name: string): FieldError[] {
  return [...(name ? [] : [fieldError.required(path)]), ...invalidEach(path, name, checkQualifiedName(name))];
}

/**
 * Events of the newer kind (KEP-383) have an event time and say more of where they are from. `reporter`: how the field that
 * says so is called where the event was sent.
 */
export function validateEvent(object: Event, reporter: string): FieldError[] {
  const errors = validateNamespace(object);
  if (!object.eventTime) return errors;
  return [
    ...errors,
    ...validateReporter(FieldPath.of(reporter), object.reportingComponent ?? ''),
    ...validateText('reportingInstance', object.reportingInstance, shortTextMax),
    ...validateText('action', object.action, shortTextMax),
    ...validateText('reason', object.reason, shortTextMax),
    ...((object.message ?? '').length > noteMax
      ? [fieldError.invalid('message', '', `can have at most ${noteMax} characters`)]
      : []),
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
  strategy: {
    metadataPasses: { update: [] },
    nameRule: 'pathSegment',
    allowCreateOnUpdate: true,
    defaultPropagation: 'Unsupported',
    ttlSeconds: 3600,
    validate: event => validateEvent(event, 'reportingComponent'),
  },
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
