import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '#api/generated/types/core.v1.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { countZones, evictionRate, isAllDisrupted, ZoneLimiter } from './zones.ts';

function nodes(zone: string, ready: number, notReady: number): Node[] {
  return Array.from({ length: ready + notReady }, (_, i) => ({
    metadata: { name: `${zone}-${i}`, labels: { 'topology.kubernetes.io/zone': zone } },
    status: { conditions: [{ type: 'Ready', status: i < ready ? 'True' : 'Unknown' }] },
  })) as unknown as Node[];
}

test('a zone that is partly down is emptied slowly, or not at all while it is small', () => {
  const rate = (ready: number, notReady: number) => evictionRate({ ready, notReady });
  assert.deepEqual(
    [rate(10, 0), rate(1, 2), rate(3, 3), rate(2, 3), rate(20, 31), rate(0, 5)],
    [0.1, 0.1, 0.1, 0, 0.01, 0.1],
  );
});

test('all is disrupted only when no zone has a ready node', () => {
  const zones = (...all: Node[][]) => countZones(all.flat());
  assert.equal(isAllDisrupted(zones(nodes('a', 0, 2), nodes('b', 0, 3))), true);
  assert.equal(isAllDisrupted(zones(nodes('a', 0, 2), nodes('b', 1, 3))), false);
  assert.equal(isAllDisrupted(zones()), false);
  const excluded = nodes('b', 1, 0).map(node => ({
    ...node,
    metadata: { ...node.metadata, labels: { 'node.kubernetes.io/exclude-disruption': '' } },
  })) as Node[];
  assert.equal(isAllDisrupted(zones(nodes('a', 0, 2), excluded)), true);
});

test('nodes of a zone are emptied one by one', async () => {
  const clock = new VirtualClock(() => new Promise<void>(resolve => setImmediate(resolve)));
  const limiter = new ZoneLimiter(clock);
  assert.deepEqual(
    [limiter.tryTake('a', 0.1), limiter.tryTake('a', 0.1), limiter.tryTake('b', 0.1)],
    [true, false, true],
  );
  await clock.advance(10_000);
  assert.equal(limiter.tryTake('a', 0.1), true);
  assert.equal(limiter.tryTake('a', 0), false);
  assert.equal(limiter.tryTake('a', 0.01), false, 'it goes on waiting, at the new rate');
});
