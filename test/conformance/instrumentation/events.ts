import assert from 'node:assert/strict';
import { type CoreV1Event, type EventsV1Event, V1MicroTime } from '@kubernetes/client-node';
import { checkCollection } from '../lifecycle.ts';
import { row } from '../row.ts';
import { ifNotFound, type Trial } from '../trial.ts';

const coreEvent = (t: Trial, name: string, labels: Record<string, string>): CoreV1Event => ({
  metadata: { name, labels },
  message: 'This is a test event',
  reason: 'Test',
  type: 'Normal',
  count: 1,
  involvedObject: { namespace: t.namespace },
});

const newEvent = (t: Trial, name: string, labels: Record<string, string>): EventsV1Event => ({
  metadata: { name, labels },
  regarding: { namespace: t.namespace },
  reason: 'Test',
  action: 'Do',
  type: 'Normal',
  note: 'This is a test event',
  reportingController: 'test-controller',
  reportingInstance: 'test-node',
  eventTime: new V1MicroTime('2030-01-01T00:00:00Z'),
});

const series = () => ({ count: 100, lastObservedTime: new V1MicroTime('2030-01-02T00:00:00Z') });

export const eventRows = [
  row('Events should manage the lifecycle of an event', async t => {
    const { coreEvents } = t.api;
    const labelSelector = `conformance=${t.id}`;
    await coreEvents.create(coreEvent(t, 'e', { conformance: t.id }));
    assert.equal((await coreEvents.listAll({ labelSelector })).items.length, 1);
    await coreEvents.patch('e', { message: 'This is a test event - patched' }, 'strategic');
    assert.equal((await coreEvents.get('e')).message, 'This is a test event - patched');
    await coreEvents.update('e', event => {
      event.series = series();
    });
    assert.equal((await coreEvents.get('e')).series?.count, 100);
    await coreEvents.delete('e');
    assert.equal((await coreEvents.listAll({ labelSelector })).items.length, 0);
  }),

  row('Events should delete a collection of events', t =>
    checkCollection(t, t.api.coreEvents, (name, labels) => coreEvent(t, name, labels)),
  ),

  row('Events API should ensure that an event can be fetched, patched, deleted, and listed', async t => {
    const { events } = t.api;
    const labelSelector = `conformance=${t.id}`;
    await events.create(newEvent(t, 'e', { conformance: t.id }));
    assert.deepEqual(await events.names({ labelSelector }), ['e']);
    assert.equal((await events.listAll({ labelSelector })).items.length, 1);
    // The description says the note; the group's validation, and upstream's test, let the series alone change.
    await events.patch('e', { series: { ...series(), count: 2 } }, 'strategic');
    const patched = await events.get('e');
    assert.equal(patched.series?.count, 2);
    assert.equal(patched.reportingController, 'test-controller');
    await events.update('e', event => {
      event.series = series();
    });
    assert.equal((await events.get('e')).series?.count, 100);
    await events.delete('e');
    assert.equal(await events.get('e').catch(ifNotFound), undefined);
    assert.deepEqual(await events.names({ labelSelector }), []);
  }),

  row('Events API should delete a collection of events', t =>
    checkCollection(t, t.api.events, (name, labels) => newEvent(t, name, labels)),
  ),
];
