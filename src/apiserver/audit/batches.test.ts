import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { AuditBatches } from './batches.ts';
import type { AuditEvent } from './event.ts';

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

function batches() {
  const clock = new VirtualClock(settle);
  const sent: string[][] = [];
  const lost: number[] = [];
  const way = { isDown: false };
  const queue = new AuditBatches({
    clock,
    random: new SeededRandom(1),
    send: async list => {
      if (way.isDown) throw new Error('connection refused');
      sent.push((list as { items: { auditID: string }[] }).items.map(({ auditID }) => auditID));
    },
    lost: events => lost.push(events),
  });
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
