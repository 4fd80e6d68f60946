import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { AuditBatches } from './batches.ts';
import { type DeliverySettings, defaultDelivery, delivery } from './delivery.ts';
import type { AuditEvent } from './event.ts';
import { WebhookSink } from './webhook-sink.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

const event = (auditID: number): AuditEvent => ({
  level: 'Metadata',
  auditID: String(auditID),
  stage: 'ResponseComplete',
  requestURI: '/',
  verb: 'get',
  user: {},
  sourceIPs: [],
  userAgent: '',
  receivedMs: 0,
  stageMs: 0,
});

function batches(settings: Partial<DeliverySettings> = {}) {
  const clock = new VirtualClock(settle);
  const sent: string[][] = [];
  const lost: number[] = [];
  const way = { isDown: false };
  const sink = new WebhookSink({
    clock,
    random: new SeededRandom(1),
    send: async list => {
      if (way.isDown) throw new Error('connection refused');
      sent.push((list as { items: { auditID: string }[] }).items.map(({ auditID }) => auditID));
    },
  });
  const told = (_name: string, events: number) => void lost.push(events);
  const queue = delivery(sink, { ...defaultDelivery.webhook, ...settings }, clock, told) as AuditBatches;
  const take = (from: number, count: number) => {
    for (let i = from; i < from + count; i++) queue.take(event(i));
  };
  return { clock, sent, lost, way, queue, take };
}

test('events leave when a batch is full, or the first of them has waited long enough', async () => {
  const { clock, sent, take, queue } = batches();
  take(0, 400);
  await settle();
  assert.deepEqual(
    sent.map(batch => batch.length),
    [400],
  );
  take(400, 2);
  await clock.advance(29_000);
  assert.equal(sent.length, 1);
  await clock.advance(2_000);
  assert.deepEqual(sent[1], ['400', '401']);
  take(402, 1);
  await queue[Symbol.asyncDispose]();
  assert.deepEqual(sent[2], ['402']);
});

test('a batch that does not arrive is sent again, five times in all; what comes meanwhile waits', async () => {
  const { clock, sent, lost, way, take } = batches();
  way.isDown = true;
  take(0, 400);
  take(400, 3);
  await clock.advance(20_000);
  way.isDown = false;
  await clock.advance(60_000);
  assert.deepEqual([sent.map(batch => batch.length), lost], [[400, 3], []]);
  way.isDown = true;
  take(0, 400);
  await clock.advance(200_000);
  assert.deepEqual([sent.length, lost], [2, [400]]);
});

test('more than there is room for is lost, and the end waits for one try alone', async () => {
  const { sent, lost, way, take, queue } = batches();
  way.isDown = true;
  take(0, 400);
  await settle();
  take(400, 10_005);
  assert.deepEqual(lost, [1, 1, 1, 1, 1]);
  await queue[Symbol.asyncDispose]();
  assert.equal(sent.length, 0);
  assert.equal(
    lost.reduce((sum, one) => sum + one, 0),
    10_405,
  );
});

test('batches are of as many events, and as many bytes, as is wanted', async () => {
  const truncate = { enabled: true, maxEventSize: 1000, maxBatchSize: 1000 };
  const batch = { ...defaultDelivery.webhook.batch, maxSize: 3, maxWaitMs: 1000, bufferSize: 5 };
  const bounded = batches({ batch });
  bounded.take(0, 4);
  await settle();
  assert.deepEqual(bounded.sent, [['0', '1', '2']]);
  await bounded.clock.advance(1_000);
  assert.deepEqual(bounded.sent[1], ['3']);
  bounded.way.isDown = true;
  bounded.take(10, 3);
  await settle();
  bounded.take(20, 6);
  assert.deepEqual(bounded.lost, [1]);
  await bounded.queue[Symbol.asyncDispose]();

  const split = batches({ truncate });
  const large = { ...event(1), level: 'Request', userAgent: 'x'.repeat(500) } as const;
  split.queue.take(large);
  split.queue.take({ ...large, auditID: '2' });
  split.queue.take({ ...large, auditID: '3', requestObject: JSON.stringify('x'.repeat(900)) });
  split.queue.take({ ...large, auditID: '4', userAgent: 'x'.repeat(1000) });
  split.queue.take({ ...large, auditID: '5', level: 'Metadata', requestURI: 'x'.repeat(900) });
  await split.queue[Symbol.asyncDispose]();
  assert.deepEqual(
    [split.sent, split.lost],
    [
      [['1'], ['2'], ['3']],
      [1, 1],
    ],
  );
});

test('an event that is too large goes without its objects, and says so', async () => {
  const written: string[] = [];
  const textOf = (one: AuditEvent) => JSON.stringify([one.requestObject, one.annotations]);
  const write = async (texts: readonly string[]) => void written.push(...texts);
  const truncate = { ...defaultDelivery.log.truncate, enabled: true, maxEventSize: 600 };
  const clock = new VirtualClock(settle);
  const lost = () => assert.fail('nothing is lost');
  const settings = { ...defaultDelivery.log, truncate };
  const backend = delivery({ name: 'log', textOf, write }, settings, clock, lost);
  const annotations = { a: 'b' };
  await backend.take({ ...event(1), level: 'Request', annotations, requestObject: '{}' });
  const requestObject = JSON.stringify('x'.repeat(600));
  await backend.take({ ...event(2), level: 'Request', annotations, requestObject });
  assert.deepEqual(
    written.map(text => JSON.parse(text)),
    [
      ['{}', annotations],
      [null, { ...annotations, 'audit.k8s.io/truncated': 'true' }],
    ],
  );
});
