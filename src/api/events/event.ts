import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import type { KubeObject } from '#machinery/object.ts';
import { eventResource, validateEvent } from '../core/event.ts';
import { type ResourceDefinition, defineResource } from '../definition.ts';
import type { Event } from '../generated/types/core.v1.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import { immutable, optionalName } from '../validation.ts';

/** events.k8s.io name of a field, and its name in the core group. */
const renamed: readonly (readonly [eventsName: string, coreName: string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

function rename(object: KubeObject, from: 0 | 1, to: 0 | 1): void {
  const fields = object as unknown as Record<string, unknown>;
  for (const names of renamed) {
    if (!(names[from] in fields)) continue;
    fields[names[to]] = fields[names[from]];
    delete fields[names[from]];
  }
}

/** What this group, unlike the core one, leaves out where it says nothing. */
function dropBlank(object: KubeObject): void {
  const fields = object as unknown as Record<string, unknown>;
  for (const name of ['reportingController', 'reportingInstance'])
    if (fields[name] === '') delete fields[name];
}

/** The core group's selectors by this group's names, which has none for the source. Objects are of the stored shape here. */
const selectableFields = Object.fromEntries(
  Object.entries(eventResource.selectableFields ?? {})
    .filter(([field]) => field !== 'source')
    .map(([field, value]) => [
      field.replace(/^involvedObject\./, 'regarding.').replace('reportingComponent', 'reportingController'),
      value,
    ]),
);

const deprecated = ['firstTimestamp', 'lastTimestamp', 'count'] as const;

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(fieldError.invalid('series.count', '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(fieldError.required('series.lastObservedTime'));
  return errors;
}

/** What is new here has a time and a type of its own, and nothing that only older events have. */
function validateNew(event: Event): FieldError[] {
  const errors = [
    ...optionalName(FieldPath.of('metadata', 'name'), event.metadata.name, checkDns1123Subdomain),
    ...validateSeries(event),
  ];
  if (!event.eventTime) errors.push(fieldError.required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.push(fieldError.invalid('type', '', `has invalid value: ${event.type ?? ''}`));
  }
  const unset = (name: string) => fieldError.invalid(name, '', 'needs to be unset');
  append(errors, deprecated.filter(name => event[name]).map(unset));
  if (event.source?.component || event.source?.host) errors.push(unset('source'));
  return errors;
}

const immutableFields = [
  ...(['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count'] as const),
  ...([
    'reason',
    'type',
    'eventTime',
    'action',
    'related',
    'reportingComponent',
    'reportingInstance',
  ] as const),
];

/** What is not set, as Go has it. */
const unsetValues: { readonly [field in (typeof immutableFields)[number]]?: unknown } = {
  reason: '',
  message: '',
  source: {},
  count: 0,
  type: '',
  action: '',
  reportingComponent: '',
  reportingInstance: '',
};

const internalTypes: { readonly [field in (typeof immutableFields)[number]]?: string } = {
  involvedObject: 'core.ObjectReference',
  related: 'core.ObjectReference',
  source: 'core.EventSource',
};

/** Only that it goes on may be added. */
function validateUpdate(event: Event, old: Event): FieldError[] {
  const series = deepEqual(event.series, old.series) ? [] : validateSeries(event);
  const nameOf = (field: string) => (field === 'reportingComponent' ? 'reportingController' : field);
  return [
    ...series,
    ...immutableFields.flatMap(field =>
      immutable(
        FieldPath.of(nameOf(field)),
        event[field] ?? unsetValues[field],
        old[field] ?? unsetValues[field],
        internalTypes[field],
      ),
    ),
  ];
}

/** The core group's events, under the names that KEP-383 gave their fields. */
export const eventsEventResource = defineResource<Event>({
  ...(eventResource as unknown as ResourceDefinition<Event>),
  group: 'events.k8s.io',
  versions: [
    {
      version: 'v1',
      schema: 'io.k8s.api.events.v1.Event',
      toStorage: object => rename(object, 0, 1),
      fromStorage: object => {
        rename(object, 1, 0);
        dropBlank(object);
        putInOrder(object);
      },
    },
  ],
  storedAs: { group: '', resource: 'events' },
  strategy: {
    ...eventResource.strategy,
    metadataPasses: { update: ['update'] },
    validate: (event, _context, old) => [
      ...validateEvent(event, 'reportingController'),
      ...(old ? [] : validateNew(event)),
    ],
    validateUpdate,
  },
  selectableFields,
});

/** Of an event of `events.k8s.io`, as its type has them. */
const memberOrder = [
  ...['eventTime', 'series', 'reportingController', 'reportingInstance', 'action', 'reason'],
  ...['regarding', 'related', 'note', 'type'],
  ...['deprecatedSource', 'deprecatedFirstTimestamp', 'deprecatedLastTimestamp', 'deprecatedCount'],
];

function putInOrder(object: KubeObject): void {
  const members = object as unknown as Record<string, unknown>;
  for (const name of memberOrder) {
    if (!(name in members)) continue;
    const value = members[name];
    delete members[name];
    members[name] = value;
  }
}
