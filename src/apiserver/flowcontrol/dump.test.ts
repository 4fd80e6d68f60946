import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowControlDefaults } from '#api/flow-control-defaults.ts';
import { silentLog } from '#base/log.ts';
import { TimeSlice } from '#base/time-slice.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { parseRequest } from '../request.ts';
import { StateCache } from '../resources/state-cache.ts';
import { flowDump } from './dump.ts';
import { FlowControl, levelsBucket, schemasBucket } from './flow-control.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

/** The rows of a table, without the spaces that align it. */
const rows = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => line.split(/, */));

test('tables tell what waits, where, and for whom', async () => {
  const clock = new VirtualClock(settle);
  const cache = new StateCache(new MemoryStore(clock), silentLog);
  for (const object of flowControlDefaults) {
    const bucket = cache.bucket(object.kind === 'FlowSchema' ? schemasBucket : levelsBucket);
    bucket.load(
      cache.codec.entry(object.metadata.name!, 1, { value: cache.codec.encode(structuredClone(object)) }),
    );
  }
  using turns = new TimeSlice(clock);
  using control = new FlowControl({ cache, clock, turns, serverSeats: 1 });
  const user = { name: 'alice', groups: ['system:authenticated'] };
  const leaving = new AbortController();
  const info = parseRequest('GET', '/apis/apps/v1/namespaces/shop/deployments/web', new URLSearchParams());
  const enter = () =>
    control.enter(
      control.flowOf(user, info),
      { seats: 1, finalSeats: 2, finalMs: 5 },
      {
        request: { signal: leaving.signal, user },
        info,
      },
    );
  const seat = await enter();
  const waiting = enter();
  await settle();
  const dump = (name: string, detailed = false) => rows(flowDump(control, clock, name, detailed)!);

  const levels = dump('priority_levels');
  assert.deepEqual(levels[0]!.slice(0, 5), [
    'PriorityLevelName',
    'ActiveQueues',
    'IsIdle',
    'IsQuiescing',
    'WaitingRequests',
  ]);
  const level = levels.find(([name]) => name === 'global-default')!;
  assert.deepEqual(level, ['global-default', '1', 'false', 'false', '1', '1', '1', '0', '0', '0']);

  const queue = dump('queues').find(([name, , pending]) => name === 'global-default' && pending === '1')!;
  assert.deepEqual(queue.slice(6), ['1', '2', '0.01300000ss']);

  const [columns, request, ...others] = dump('requests', true);
  assert.deepEqual(others, []);
  const told = Object.fromEntries(columns!.map((column, i) => [column, request![i]]));
  const { QueueIndex: _, ArriveTime: arrived, ...rest } = told;
  assert.equal(arrived, new Date(clock.now()).toISOString());
  assert.deepEqual(rest, {
    PriorityLevelName: 'global-default',
    FlowSchemaName: 'global-default',
    RequestIndexInQueue: '0',
    FlowDistingsher: 'alice',
    InitialSeats: '1',
    FinalSeats: '2',
    AdditionalLatency: '5ms',
    StartTime: '0001-01-01T00:00:00Z',
    UserName: 'alice',
    Verb: 'get',
    APIPath: '/apis/apps/v1/namespaces/shop/deployments/web',
    Namespace: 'shop',
    Name: 'web',
    APIVersion: 'apps/v1',
    Resource: 'deployments',
    SubResource: '',
  });
  assert.equal(dump('requests')[0]!.at(-1), 'StartTime');

  leaving.abort();
  await assert.rejects(async () => waiting);
  assert.equal(
    dump('priority_levels')
      .find(([name]) => name === 'global-default')!
      .at(-1),
    '1',
  );
  seat[Symbol.dispose]();
  assert.equal(flowDump(control, clock, 'something', false), undefined);
});
