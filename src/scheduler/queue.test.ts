import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '#base/virtual-clock.ts';
import { podInfo } from './framework/pod-info.ts';
import { NodeTable } from './node-table.ts';
import { createFramework, defaultProfile } from './profile.ts';
import { type Entry, SchedulingQueue } from './queue.ts';
import { nodeOf, podOf } from './scenario.ts';
import { pluginContext } from './testing.ts';

const info = (name: string, words: Record<string, string> = {}) => podInfo(podOf(name, words));

function queueOn(t: TestContext) {
  const clock = new VirtualClock(() => Promise.resolve());
  const context = pluginContext();
  const framework = createFramework(defaultProfile, context);
  const queue = new SchedulingQueue({ clock, frameworkOf: () => framework, onActive() {} });
  t.after(() => queue[Symbol.dispose]());
  return { clock, queue, framework };
}

const nameOf = (entry: Entry | undefined) => entry?.info.pod.metadata.name;

test('priority first, then arrival; what is removed or gated does not come', async t => {
  const { clock, queue } = queueOn(t);
  for (const [name, priority] of [
    ['a', '0'],
    ['b', '5'],
    ['c', '0'],
    ['d', '9'],
  ] as const) {
    queue.add(info(name, { priority }));
    await clock.advance(1);
  }
  queue.add(info('gated', { gate: 'x', priority: '100' }));
  queue.remove('c');
  queue.update(info('a', { priority: '7' }), true);
  assert.deepEqual([queue.take(), queue.take(), queue.take(), queue.take()].map(nameOf), [
    'd',
    'a',
    'b',
    undefined,
  ]);
  queue.update(info('gated', { priority: '100' }), true);
  assert.equal(nameOf(queue.take()), 'gated');
});

test('a parked pod wakes by an event that may cure it; it sits out its back-off only while others have their turn', async t => {
  const { clock, queue } = queueOn(t);
  queue.add(info('a', { cpu: '3' }));
  const park = () => queue.park(queue.take()!, new Set(['NodeResourcesFit']));
  park();
  queue.notify({ type: 'nodeAdded', node: nodeOf('small', { cpu: '1' }) });
  assert.equal(queue.counts().unschedulable, 1);
  assert.equal(queue.hasActive, false);
  queue.notify({ type: 'nodeAdded', node: nodeOf('large', { cpu: '4' }) });
  assert.equal(queue.counts().backoff, 1);
  queue.add(info('b'));
  assert.deepEqual([queue.take(), queue.take(), queue.take()].map(nameOf), ['b', 'a', undefined]);
  queue.add(info('c'));
  queue.add(info('d', { priority: '1' }));
  queue.park(queue.take()!, new Set(['NodeResourcesFit']));
  await clock.advance(1000);
  queue.notify({ type: 'nodeAdded', node: nodeOf('large', { cpu: '4' }) });
  assert.deepEqual([queue.take(), queue.take()].map(nameOf), ['d', 'c']);
});

test('an event asks only the pods that a plugin which it concerns has refused', t => {
  const { queue } = queueOn(t);
  for (const name of ['full', 'shut']) queue.add(info(name, { cpu: '3' }));
  queue.park(queue.take()!, new Set(['NodeResourcesFit']));
  queue.park(queue.take()!, new Set(['TaintToleration']));
  const table = new NodeTable(() => ({}));
  table.setNode(nodeOf('n', { cpu: '4' }));
  const free = (cpu: string) =>
    queue.notify({ type: 'podFreed', pod: info('x', { cpu }), node: table.get('n')! });
  table.assume(info('other', { cpu: '2' }), 'n');
  free('1');
  assert.equal(queue.counts().unschedulable, 2);
  table.removePod('other');
  free('2');
  assert.equal(nameOf(queue.take()), 'full');
  assert.equal(queue.counts().unschedulable, 1);
});

test('back-off grows to ten seconds', async t => {
  const { clock, queue } = queueOn(t);
  queue.add(info('a'));
  for (const seconds of [1, 2, 4, 8, 10, 10]) {
    queue.retry(queue.take()!);
    await clock.advance(seconds * 1000 - 1);
    assert.equal(queue.hasActive, false, `${seconds} s`);
    await clock.advance(1);
    assert.equal(queue.hasActive, true, `${seconds} s`);
  }
});

test('what went wrong has a back-off of its own, which ends with the next refusal', async t => {
  const { clock, queue } = queueOn(t);
  queue.add(info('a'));
  const again = async (seconds: number, back: (entry: Entry) => void) => {
    back(queue.take()!);
    if (queue.counts().unschedulable === 1) queue.activate('a');
    queue.add(info('other'));
    assert.equal(nameOf(queue.take()), 'other');
    queue.remove('other');
    await clock.advance(seconds * 1000 - 1);
    assert.deepEqual(queue.counts(), { active: 0, backoff: 1, unschedulable: 0, taken: 0 }, `${seconds} s`);
    await clock.advance(1);
    assert.equal(queue.counts().active, 1, `${seconds} s`);
  };
  const refused = (entry: Entry) => queue.park(entry, new Set(['NodeName']));
  const failed = (entry: Entry) => queue.retry(entry);
  for (const seconds of [1, 2, 4]) await again(seconds, refused);
  for (const seconds of [1, 2]) await again(seconds, failed);
  await again(8, refused);
  await again(1, failed);
});

test('of those in back-off the first to end it comes early, within a second the more important', t => {
  const { queue } = queueOn(t);
  const backoffs: readonly (readonly [name: string, priority: string, tries: number])[] = [
    ['late', '9', 3],
    ['soon', '1', 1],
    ['soon too', '2', 1],
  ];
  for (const [name, priority, tries] of backoffs) {
    queue.add(info(name, { priority }));
    for (let i = 0; i < tries; i++) {
      queue.park(queue.take()!, new Set(['NodeName']));
      if (i + 1 < tries) queue.activate(name);
    }
  }
  for (const [name] of backoffs) queue.activate(name);
  assert.deepEqual([queue.take(), queue.take(), queue.take()].map(nameOf), ['soon too', 'soon', 'late']);
});

test('a pod that is held back is not tried, and then at once where anything would have woken it', t => {
  const { queue } = queueOn(t);
  queue.add(info('a', { cpu: '3' }));
  const first = queue.take()!;
  queue.hold('a');
  queue.park(first, new Set(['NodeResourcesFit']));
  queue.notify({ type: 'nodeAdded', node: nodeOf('large', { cpu: '4' }) });
  assert.equal(queue.take(), undefined);
  assert.equal(queue.counts().unschedulable, 1);
  queue.release('a');
  assert.equal(nameOf(queue.take()), 'a');
  queue.hold('a');
  queue.park(first, new Set(['NodeResourcesFit']));
  queue.release('a');
  assert.equal(queue.take(), undefined, 'nothing would have woken it');
});

test('what changes while a pod is being tried is not lost on it', async t => {
  const { clock, queue } = queueOn(t);
  queue.add(info('a', { cpu: '3' }));
  const entry = queue.take()!;
  queue.update(info('a', { cpu: '1' }), true);
  queue.park(entry, new Set(['NodeResourcesFit']));
  await clock.advance(1000);
  assert.equal(nameOf(queue.take()), 'a');
});

test('a pod that nothing wakes is tried again after five minutes', async t => {
  const { clock, queue } = queueOn(t);
  queue.add(info('a'));
  queue.park(queue.take()!, new Set(['NodeName']));
  await clock.advance(5 * 60_000);
  assert.equal(queue.hasActive, false);
  await clock.advance(60_000);
  assert.equal(queue.hasActive, true);
});

test('a gate that never opens is looked at again and again, and stays shut', async t => {
  const { clock, queue } = queueOn(t);
  queue.add(info('gated', { gate: 'x' }));
  await clock.advance(20 * 60_000);
  assert.equal(queue.counts().unschedulable, 1);
  assert.equal(queue.take(), undefined);
});

test('a pod removed while it is being tried does not come back', t => {
  const { queue } = queueOn(t);
  queue.add(info('a'));
  const entry = queue.take()!;
  queue.remove('a');
  queue.retry(entry);
  queue.park(entry, new Set());
  assert.equal(queue.size, 0);
  assert.deepEqual(queue.counts(), { active: 0, backoff: 0, unschedulable: 0, taken: 0 });
});

test('an event that passes a pod by while it is being tried is not lost on it', async t => {
  const { clock, queue } = queueOn(t);
  queue.add(info('a', { cpu: '3' }));
  const first = queue.take()!;
  queue.notify({ type: 'nodeAdded', node: nodeOf('large', { cpu: '4' }) });
  queue.park(first, new Set(['NodeResourcesFit']));
  assert.equal(queue.take(), undefined, 'it sits out its back-off');
  await clock.advance(1000);
  const second = queue.take()!;
  assert.equal(nameOf(second), 'a');
  queue.notify({ type: 'podFreed', pod: second.info, node: undefined });
  queue.park(second, new Set(['NodeResourcesFit']));
  assert.equal(queue.counts().unschedulable, 1, 'what it frees itself is no news');
});

test('what is freed wakes the very pods that it may help, each asked on its own', t => {
  const word = (...words: string[]) => fc.constantFrom(...words);
  const words = fc.record({ cpu: word('1', '2', '3'), priority: word('0', '1', '2') });
  const refusers = fc.constantFrom(
    ['NodeResourcesFit'],
    ['NodeResourcesFit', 'TaintToleration'],
    ['NodePorts'],
  );
  const waiting = fc.array(fc.record({ words, refusers, promised: fc.boolean() }), { maxLength: 12 });
  fc.assert(
    fc.property(waiting, word('1', '2', '3'), (pods, freedCpu) => {
      const { queue, framework } = queueOn(t);
      const table = new NodeTable(() => ({}));
      table.setNode(nodeOf('n', { cpu: '4' }));
      table.setPod(podOf('leaving', { cpu: freedCpu, on: 'n' }));
      table.setPod(podOf('staying', { cpu: '1', on: 'n' }));
      const entries = pods.map(({ words, refusers, promised }, i) => {
        const pod = info(`p${i}`, words);
        queue.add(pod);
        const entry = queue.take()!;
        queue.park(entry, new Set(refusers));
        if (promised) table.nominate(pod, 'n');
        return entry;
      });
      const freed = table.free('leaving')!;
      const helped = entries.filter(({ info, rejectedBy }) => framework.mayCure(freed, info, rejectedBy));
      queue.notify(freed);
      const left = new Set(queue.parked());
      assert.deepEqual(entries.filter(entry => !left.has(entry)).map(nameOf), helped.map(nameOf));
    }),
    { numRuns: 300 },
  );
});
