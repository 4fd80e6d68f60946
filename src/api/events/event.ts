import type { KubeObject } from '#machinery/object.ts';
import { eventResource } from '../core/event.ts';
import { type ResourceDefinition, defineResource } from '../definition.ts';
import type { Event } from '../generated/types/core.v1.ts';

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

/** The core group's selectors, by either name. Objects are of the stored shape here. */
const selectableFields = Object.fromEntries(
  Object.entries(eventResource.selectableFields ?? {}).flatMap(([field, value]) => [
    [field, value],
    [
      field.replace(/^involvedObject\./, 'regarding.').replace('reportingComponent', 'reportingController'),
      value,
    ],
  ]),
);

/** The core group's events, under the names that KEP-383 gave their fields. */
export const eventsEventResource = defineResource<Event>({
  ...(eventResource as unknown as ResourceDefinition<Event>),
  group: 'events.k8s.io',
  versions: [
    {
      version: 'v1',
      schema: 'io.k8s.api.events.v1.Event',
      toStorage: object => rename(object, 0, 1),
      fromStorage: object => rename(object, 1, 0),
    },
  ],
  storedAs: { group: '', resource: 'events' },
  selectableFields,
});
