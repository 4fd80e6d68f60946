import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#machinery/object.ts';
import { eventResource } from '../core/event.ts';
import type { Event } from '../generated/types/core.v1.ts';
import { createErrors, updateErrors } from '../testing.ts';
import { eventsEventResource } from './event.ts';

const event = (more: Partial<Event> = {}): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'default' },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
  ...more,
});

test('the two groups show the same event under different names', () => {
  const core = event({
    message: 'm',
    reportingComponent: 'kubelet',
    count: 2,
    source: { component: 'kubelet' },
  });
  const object: KubeObject & Record<string, unknown> = { ...structuredClone(core) };
  const [version] = eventsEventResource.versions;
  version!.fromStorage!(object);
  assert.deepEqual(
    [
      object.note,
      object.reportingController,
      object.deprecatedCount,
      (object.regarding as { name: string }).name,
    ],
    ['m', 'kubelet', 2, 'p'],
  );
  assert.equal('message' in object, false);
  version!.toStorage!(object);
  assert.deepEqual(object, core);
});

test('an event stands beside what it is about', () => {
  assert.deepEqual(createErrors(eventResource, event({ metadata: { name: 'e', namespace: 'other' } })), [
    'involvedObject.namespace: Invalid value: "default": does not match event.namespace',
  ]);
  // As it is decoded.
  const timeless = event({
    metadata: { name: 'e', namespace: 'other' },
    eventTime: null as unknown as string,
  });
  assert.equal(createErrors(eventResource, timeless).length, 1);
  assert.deepEqual(createErrors(eventResource, event({ involvedObject: { kind: 'Node', name: 'n' } })), []);
});

test('a newer event says where it is from', () => {
  const newer = event({
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingComponent: 'x/y',
    reportingInstance: 'z',
    reason: 'R',
  });
  assert.deepEqual(createErrors(eventResource, newer), ['action: Required value']);
});

test('kubectl get events -o wide', () => {
  const nowMs = Date.parse('2026-01-01T00:01:00Z');
  const object = event({
    type: 'Normal',
    reason: 'Pulled',
    message: 'pulled\n',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:30Z',
    count: 3,
  });
  assert.deepEqual(eventResource.row!(object, nowMs), [
    ...['30s', 'Normal', 'Pulled', 'pod/p', '', 'kubelet, n1', 'pulled', '60s', 3, 'e'],
  ]);
});

test('an event of the newer group has its own time and type, and nothing of the older ones', () => {
  const newer = event({
    eventTime: '2026-01-01T00:00:00.000000Z',
    type: 'Normal',
    reason: 'r',
    action: 'a',
    reportingComponent: 'example.com/c',
    reportingInstance: 'i',
  });
  assert.deepEqual(createErrors(eventsEventResource, newer), []);
  assert.deepEqual(
    createErrors(eventsEventResource, event({ type: 'x', count: 1, source: { component: 'c' } })),
    [
      'eventTime: Required value',
      'type: Invalid value: "": has invalid value: x',
      'count: Invalid value: "": needs to be unset',
      'source: Invalid value: "": needs to be unset',
    ],
  );
  assert.equal(eventResource.strategy.nameRule, 'pathSegment');
  const odd = { ...newer, metadata: { name: 'A_b', namespace: 'default' } };
  assert.match(createErrors(eventsEventResource, odd)[0]!, /^metadata\.name: .*RFC 1123 subdomain/);
  const series = { count: 1, lastObservedTime: '2026-01-01T00:00:01.000000Z' };
  assert.deepEqual(
    updateErrors(eventsEventResource, newer, { ...newer, series: { ...series, count: 2 } }),
    [],
  );
  assert.deepEqual(updateErrors(eventsEventResource, newer, { ...newer, series, reason: 'other' }), [
    'series.count: Invalid value: "": should be at least 2',
    // As upstream has it.
    ...new Array<string>(2).fill('reason: Invalid value: "other": field is immutable'),
  ]);
});

test('nobody is no reporter, and no name none that is wrong', () => {
  const nameless = event({ metadata: { namespace: 'default' }, eventTime: '2026-01-01T00:00:00.000000Z' });
  const errors = createErrors(eventsEventResource, nameless).map(text => text.replace(/(name part).*/, '$1'));
  assert.deepEqual(errors.slice(0, 3), [
    'reportingController: Required value',
    'reportingController: Invalid value: "": name part',
    'reportingController: Invalid value: "": name part',
  ]);
  assert.equal(
    errors.some(text => text.startsWith('metadata.name')),
    false,
  );
});
