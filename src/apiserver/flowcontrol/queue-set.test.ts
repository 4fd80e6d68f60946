import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '#base/clock.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { allocateSeats } from './allocate.ts';
import { FlowMetrics } from './metrics.ts';
import { QueueSet } from './queue-set.ts';
import type { Rejection, Seat, Work } from './seat.ts';
import { parseRequest } from '../request.ts';
import { dealHand } from './shuffle-sharding.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const one: Work = { seats: 1 };
const asking = (signal: AbortSignal) => ({
  request: { signal, user: { name: 'someone', groups: [] } },
  info: parseRequest('GET', '/version', new URLSearchParams()),
});

function setUp(limit: number, queues = 8, queueLengthLimit = 50) {
  const clock = new VirtualClock(settle);
  const rejected: string[] = [];
  const metrics = new FlowMetrics(
    () => ({ levels: [], fairFraction: 0 }),
    clock,
    () => {},
  );
  const meter = Object.assign(metrics.meter('level', 'schema', 'get'), {
    rejected: (why: Rejection) => void rejected.push(why),
  });
  const set = new QueueSet(clock, () => {}, metrics.level('level'));
  if (queues > 0) set.configure({ queues, queueLengthLimit });
  set.setLimit(limit);
  return { clock, set, rejected, meter, metrics };
}

/** A client that sends its next request when it has the answer to the last, each taking `serviceMs`. */
async function closedLoop(
  { clock, set, meter }: ReturnType<typeof setUp>,
  hand: readonly number[],
  serviceMs: number,
  untilMs: number,
  latencies: number[],
  work = one,
): Promise<void> {
  while (clock.monotonicMs() < untilMs) {
    const startMs = clock.monotonicMs();
    const seat = await set.enter(meter, hand, work, 15_000);
    assert.ok(typeof seat !== 'string', 'rejected');
    await sleep(clock, serviceMs);
    seat[Symbol.dispose]();
    latencies.push(clock.monotonicMs() - startMs);
  }
}

function quantile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1]!;
}

test('seats are taken at once while there are any, and handed on when they are free', async () => {
  const { set, meter } = setUp(2);
  const first = set.enter(meter, [0], one, 15_000) as Seat;
  const second = set.enter(meter, [1], one, 15_000) as Seat;
  assert.ok(!(first instanceof Promise) && !(second instanceof Promise));
  const third = set.enter(meter, [2], one, 15_000);
  assert.ok(third instanceof Promise);
  assert.deepEqual([meter.seats, meter.executing, meter.waiting], [2, 2, 1]);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  const seat = await third;
  assert.deepEqual([meter.seats, meter.executing, meter.waiting], [2, 2, 0]);
  seat[Symbol.dispose]();
  second[Symbol.dispose]();
  assert.ok(set.isIdle);
});

test('a flood of one flow leaves another as quick as it can be', async () => {
  const quiet = setUp(10);
  const alone: number[] = [];
  const run = closedLoop(quiet, [1], 10, 2_000, alone);
  await quiet.clock.advance(2_100);
  await run;
  const loaded = setUp(10);
  const beside: number[] = [];
  const flood: number[] = [];
  const runs = [
    closedLoop(loaded, [1], 10, 2_000, beside),
    ...Array.from({ length: 40 }, () => closedLoop(loaded, [0], 10, 2_000, flood)),
  ];
  await loaded.clock.advance(3_000);
  await Promise.all(runs);
  assert.ok(quantile(beside, 0.99) <= 2 * quantile(alone, 0.99), `${quantile(beside, 0.99)}`);
  assert.ok(quantile(flood, 0.5) >= 40, 'the flood waits for itself');
});

test('equal floods get equal parts', async () => {
  const loaded = setUp(6);
  const served: number[][] = [[], [], []];
  const runs = served.flatMap((latencies, flow) =>
    Array.from({ length: 10 * (flow + 1) }, () => closedLoop(loaded, [flow], 10, 3_000, latencies)),
  );
  await loaded.clock.advance(4_000);
  await Promise.all(runs);
  const [least, most] = [Math.min(...served.map(s => s.length)), Math.max(...served.map(s => s.length))];
  assert.ok(most / least < 1.15, served.map(s => s.length).join(' '));
});

test('wide requests count for as many as they are', async () => {
  const loaded = setUp(10);
  const wide: number[] = [];
  const narrow: number[] = [];
  const runs = [
    ...Array.from({ length: 20 }, () => closedLoop(loaded, [0], 10, 3_000, wide, { seats: 5 })),
    ...Array.from({ length: 20 }, () => closedLoop(loaded, [1], 10, 3_000, narrow)),
  ];
  await loaded.clock.advance(4_000);
  await Promise.all(runs);
  const ratio = narrow.length / wide.length;
  assert.ok(ratio > 3.5 && ratio < 7, `${ratio}`);
});

test('what is wider than all seats goes alone', async () => {
  const { set, meter } = setUp(2);
  const seat = set.enter(meter, [0], { seats: 5 }, 15_000) as Seat;
  const next = set.enter(meter, [1], one, 15_000) as Promise<Seat>;
  assert.ok(next instanceof Promise);
  seat[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  assert.ok(set.isIdle);
});

test('queues have an end, waits too, and who goes away waits no more', async () => {
  const { clock, set, rejected, meter } = setUp(1, 1, 2);
  const seat = set.enter(meter, [0], one, 15_000) as Seat;
  const waiting = set.enter(meter, [0], one, 15_000) as Promise<Seat>;
  const leaving = new AbortController();
  const left = set.enter(meter, [0], one, 15_000, asking(leaving.signal)) as Promise<Seat>;
  assert.deepEqual([meter.waiting, meter.executing, meter.seats], [2, 1, 1]);
  assert.equal(set.enter(meter, [0], one, 15_000), 'queue-full');
  leaving.abort();
  await assert.rejects(left, reason => reason === 'cancelled');
  const late = assert.rejects(waiting, reason => reason === 'time-out');
  await clock.advance(15_001);
  await late;
  assert.deepEqual([meter.waiting, meter.executing, meter.seats], [0, 1, 1]);
  assert.deepEqual(rejected, ['queue-full', 'cancelled', 'time-out']);
  seat[Symbol.dispose]();
  assert.ok(set.isIdle);
  assert.equal(clock.pending, 0);
});

test('without queues there is only yes or no', () => {
  const { set, meter } = setUp(1, 0);
  const seat = set.enter(meter, [], one, 15_000) as Seat;
  assert.equal(set.enter(meter, [], one, 15_000), 'concurrency-limit');
  seat[Symbol.dispose]();
  assert.ok(typeof set.enter(meter, [], one, 15_000) !== 'string');
});

test('a write that many watch keeps its seats while they are told', async () => {
  const { clock, set, meter } = setUp(4);
  const seat = set.enter(meter, [0], { seats: 1, finalSeats: 4, finalMs: 20 }, 15_000) as Seat;
  seat[Symbol.dispose]();
  assert.deepEqual([meter.seats, meter.executing], [4, 0]);
  await clock.advance(20);
  assert.equal(meter.seats, 0);
});

test('fewer queues serve what waits in the others first', async () => {
  const { set, meter } = setUp(1);
  const seat = set.enter(meter, [0], one, 15_000) as Seat;
  const waiting = set.enter(meter, [7], one, 15_000) as Promise<Seat>;
  set.configure({ queues: 2, queueLengthLimit: 50 });
  seat[Symbol.dispose]();
  (await waiting)[Symbol.dispose]();
  assert.ok(set.isIdle);
  const again = set.enter(meter, [1], one, 15_000) as Seat;
  again[Symbol.dispose]();
});

test('hands are dealt without repeats, the same for the same flow, and rarely shared', () => {
  const hands = Array.from({ length: 2_000 }, (_, i) => dealHand(`flow/${i}`, 128, 6));
  for (const hand of hands) {
    assert.equal(new Set(hand).size, 6);
    assert.ok(hand.every(card => card >= 0 && card < 128));
  }
  assert.deepEqual(dealHand('flow/1', 128, 6), hands[1]);
  assert.equal(new Set(hands.map(hand => [...hand].sort().join())).size, hands.length);
  const uses = new Map<number, number>();
  for (const card of hands.flat()) uses.set(card, (uses.get(card) ?? 0) + 1);
  assert.ok(Math.min(...uses.values()) > 60 && Math.max(...uses.values()) < 140);
});

test('seats are shared by need, within bounds', () => {
  const open = { least: 0, most: 1_000 };
  assert.deepEqual(
    allocateSeats(90, [
      { target: 10, ...open },
      { target: 20, ...open },
    ]).seats.map(Math.round),
    [30, 60],
  );
  const bounded = [
    { target: 10, least: 10, most: 12 },
    { target: 10, least: 0, most: 1_000 },
  ];
  assert.deepEqual(allocateSeats(100, bounded).seats.map(Math.round), [12, 88]);
  assert.deepEqual(
    allocateSeats(5, [
      { target: 10, least: 4, most: 10 },
      { target: 0, least: 1, most: 9 },
    ]).seats.map(Math.round),
    [4, 1],
  );
});
