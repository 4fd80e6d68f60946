import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { configMaps, events, eventsV1 } from '#api/generated/refs.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { startCluster } from '#main/embedded.ts';
import { type ActionEvent, createActionRecorder } from './action-events.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const told: ActionEvent = { type: 'Warning', reason: 'Full', action: 'Filling', note: 'no room' };

async function start(t: TestContext) {
  const clock = new VirtualClock(settle);
  const { client, stop } = await startCluster({ clock, seed: 1, nodes: 0, controllers: [] });
  t.after(stop);
  const writes: string[] = [];
  const counting = {
    ...client,
    create: (ref, object) => {
      writes.push('create');
      return client.create(ref, object);
    },
    patch: (ref, namespace, name, type, patch, options) => {
      writes.push(`patch ${JSON.stringify((patch as { series: object }).series)}`);
      return client.patch(ref, namespace, name, type, patch, options);
    },
  } as typeof client;
  const recorder = createActionRecorder({
    client: counting,
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    hostname: 'machine',
  });
  t.after(() => recorder[Symbol.dispose]());
  const about = await client.create(configMaps, { metadata: { name: 'box', namespace: 'default' } });
  const other = await client.create(configMaps, { metadata: { name: 'lid', namespace: 'default' } });
  const record = async (event: ActionEvent = told) => {
    recorder.record('filler', about, event);
    await clock.advance(1000);
  };
  const recorded = async () =>
    (await client.list(eventsV1, 'default')).items.filter(({ reason }) => reason === 'Full');
  return { client, clock, writes, record, recorded, other };
}

test('an event of the newer API says what was done, when, by which instance, and with what', async t => {
  const { client, record, recorded, other } = await start(t);
  await record({ ...told, related: other });
  const [event] = await recorded();
  const { metadata, regarding, related, eventTime, ...rest } = event!;
  assert.match(metadata.name!, /^box\.[0-9a-f]+$/);
  assert.match(eventTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.deepEqual([regarding?.name, related?.name], ['box', 'lid']);
  const { apiVersion: _, kind: __, ...said } = rest;
  assert.deepEqual(said, {
    action: 'Filling',
    note: 'no room',
    reason: 'Full',
    reportingController: 'filler',
    reportingInstance: 'filler-machine',
    type: 'Warning',
    deprecatedSource: {},
    deprecatedFirstTimestamp: null,
    deprecatedLastTimestamp: null,
  });
  const old = (await client.list(events, 'default')).items.find(({ reason }) => reason === 'Full');
  assert.deepEqual(
    [old?.source, old?.firstTimestamp, old?.count, old?.message],
    [{}, null, undefined, 'no room'],
  );
});

test('what repeats is one series: its start is written, and its end', async t => {
  const { clock, writes, record, recorded } = await start(t);
  for (const note of ['a', 'b', 'c', 'd']) await record({ ...told, note });
  assert.deepEqual(
    writes.map(write => write.replace(/"lastObserved.*/, '')),
    ['create', 'patch {"count":2,'],
  );
  await clock.advance(800_000);
  const [event, ...more] = await recorded();
  assert.deepEqual([event?.series?.count, event?.note, more.length], [4, 'a', 0]);
  assert.equal(writes.length, 3);
  await record();
  assert.equal((await recorded()).length, 2, 'after that it is another event');
});

test('a long series is written every half hour, and made anew where it has expired', async t => {
  const { client, clock, writes, record, recorded } = await start(t);
  await record();
  for (let minute = 0; minute < 40; minute++) {
    await record();
    await clock.advance(59_000);
  }
  assert.equal(writes.length, 3);
  assert.ok((await recorded())[0]!.series!.count > 30);
  await client.delete(eventsV1, 'default', (await recorded())[0]!.metadata.name!);
  await clock.advance(800_000);
  assert.deepEqual(
    (await recorded()).map(({ series }) => series?.count),
    [41],
  );
});
