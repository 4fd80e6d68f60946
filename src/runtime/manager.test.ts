import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { secrets } from '#api/generated/refs.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { TimeSlice } from '#base/time-slice.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { createClient } from '#client/client.ts';
import { startCluster } from '#main/embedded.ts';
import { type Controller, defineController, TerminalError } from './controller.ts';
import { createManager } from './manager.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

async function start(t: TestContext, controllers: Controller[]) {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ clock, seed: 1, nodes: 0, controllers: [] });
  const client = createClient(cluster.client.transport);
  const manager = createManager({ client, clock, random: new SeededRandom(2), log: silentLog, controllers });
  t.after(async () => {
    await manager.stop();
    await cluster.stop();
  });
  const create = (name: string) => client.create(secrets, { metadata: { namespace: 'default', name } });
  return { clock, client, manager, create };
}

test('a key runs for what is there and for what changes; a failure runs again after a back-off', async t => {
  const runs: string[] = [];
  let failuresLeft = 2;
  const controller = defineController({
    name: 'test',
    for: secrets,
    reconcile: async key => {
      runs.push(key);
      if (key === 'default/fails' && failuresLeft-- > 0) throw new Error('not yet');
    },
  });
  const { clock, manager, create } = await start(t, [controller]);
  await create('before');
  await manager.start();
  await clock.advance(0);
  assert.deepEqual(runs.splice(0), ['default/before']);
  await create('fails');
  await clock.advance(0);
  assert.equal(runs.length, 1);
  await clock.advance(5);
  assert.equal(runs.length, 2);
  await clock.advance(10);
  assert.deepEqual(runs, Array(3).fill('default/fails'));
  await clock.advance(100_000);
  assert.equal(runs.length, 3);
  assert.ok(manager.idle);
});

test('a TerminalError is not tried again, and requeueAfterMs is', async t => {
  const runs: string[] = [];
  const controller = defineController({
    name: 'test',
    for: secrets,
    reconcile: async key => {
      runs.push(key);
      if (key === 'default/hopeless') throw new TerminalError('no use');
      return { requeueAfterMs: 1000 };
    },
  });
  const { clock, manager, create } = await start(t, [controller]);
  await manager.start();
  await create('hopeless');
  await create('again');
  await clock.advance(3500);
  assert.deepEqual([runs.filter(key => key.endsWith('hopeless')).length, runs.length], [1, 5]);
});

test('one key never runs twice at a time, and stopping waits for what runs', async t => {
  let running = 0;
  let most = 0;
  let aborted = false;
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const controller = defineController({
    name: 'test',
    for: secrets,
    concurrency: 3,
    reconcile: async (_, { signal }) => {
      most = Math.max(most, ++running);
      await gate;
      aborted = signal.aborted;
      running--;
    },
  });
  const { clock, manager, client, create } = await start(t, [controller]);
  await manager.start();
  await create('one');
  await client.patch(secrets, 'default', 'one', 'merge', { data: { a: 'YQ==' } });
  await clock.advance(10);
  assert.equal(most, 1);
  let stopped = false;
  const stopping = manager.stop().then(() => {
    stopped = true;
  });
  await settle();
  assert.equal(stopped, false);
  open();
  await stopping;
  assert.deepEqual([running, aborted], [0, true]);
});

test('controllers are set up a few in a turn, and no more of them once the manager is to stop', async t => {
  const { client } = await start(t, []);
  /** What the platform's clock shows: each look at it is a while later. */
  class SlowClock extends VirtualClock {
    #ms = 0;
    override monotonicMs(): number {
      this.#ms += 10;
      return this.#ms;
    }
    override nextTurn(fn: () => void): Disposable {
      const immediate = setImmediate(fn);
      return { [Symbol.dispose]: () => clearImmediate(immediate) };
    }
  }
  const clock = new SlowClock(settle);
  const names: string[] = [];
  const controllers = ['a', 'b', 'c', 'd'].map(name =>
    defineController({
      name,
      setup: () => {
        names.push(name);
        return [];
      },
    }),
  );
  using slice = new TimeSlice(clock);
  const manager = createManager({
    client,
    clock,
    slice,
    random: new SeededRandom(2),
    log: silentLog,
    controllers,
  });
  const started = manager.start();
  assert.deepEqual(names, ['a']);
  await settle();
  await settle();
  const known = names.length;
  assert.ok(known > 1 && known < 4, `${known}`);
  await Promise.all([started, manager.stop()]);
  assert.equal(names.length, known);
});

test('keys that hold the event loop for long take a tenth of the time together, however often they change', async t => {
  const clock = new VirtualClock(settle);
  let workedMs = 0;
  const busy = Object.assign(Object.create(clock) as VirtualClock, {
    monotonicMs: () => clock.monotonicMs() + workedMs,
    after: (delayMs: number, fn: () => void) => clock.after(delayMs, fn),
    nextTurn: (fn: () => void) => clock.nextTurn(fn),
    now: () => clock.now(),
  });
  const cluster = await startCluster({ clock, seed: 1, nodes: 0, controllers: [] });
  const client = createClient(cluster.client.transport);
  const runs: string[] = [];
  let enqueue = (_: string) => {};
  const controller = defineController({
    name: 'test',
    setup: environment => {
      enqueue = key => environment.enqueue(key);
      return {
        reconcile: async key => {
          runs.push(key);
          if (key !== 'short') workedMs += 20;
        },
      };
    },
  });
  const options = { client, clock: busy, random: new SeededRandom(2), log: silentLog };
  const manager = createManager({ ...options, controllers: [controller] });
  t.after(async () => {
    await manager.stop();
    await cluster.stop();
  });
  await manager.start();
  for (let i = 0; i < 1_800; i++) {
    for (const key of ['long', 'wide', 'short']) enqueue(key);
    await clock.advance(1);
  }
  assert.ok(runs.filter(key => key === 'short').length > 1_700);
  const long = runs.filter(key => key !== 'short').length;
  assert.ok(long >= 9 && long <= 13, `${long} runs of 20 ms in 1800 ms`);
});
