import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { leases } from '#api/generated/refs.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { startCluster } from '#main/embedded.ts';
import { createClient } from './client.ts';
import { LeaderElector } from './leader-election.ts';
import type { Transport } from './transport.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

async function start(t: TestContext) {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ clock, seed: 1, nodes: 0, controllers: [] });
  t.after(() => cluster.stop());
  const leading = new Set<string>();
  const cutOff = new Set<string>();
  const candidate = (identity: string) => {
    const { transport } = cluster.client;
    const faulty: Transport = {
      ...transport,
      request: request =>
        cutOff.has(identity) ? Promise.reject(new Error('cut off')) : transport.request(request),
    };
    const stop = new AbortController();
    t.after(() => stop.abort());
    const elector = new LeaderElector({
      client: createClient(faulty),
      clock,
      random: new SeededRandom(identity.length),
      log: silentLog,
      namespace: 'default',
      name: 'lock',
      identity,
      lead: async signal => {
        leading.add(identity);
        assert.equal(leading.size, 1, 'two leaders at a time');
        await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
        leading.delete(identity);
      },
    });
    return { elector, stop, done: elector.run(stop.signal) };
  };
  return { clock, client: cluster.client, leading, cutOff, candidate };
}

test('one leads; when it stops in order, the next leads at once', async t => {
  const { clock, client, leading, candidate } = await start(t);
  const first = candidate('first');
  await clock.advance(1000);
  candidate('second');
  await clock.advance(60_000);
  assert.deepEqual([...leading], ['first']);
  first.stop.abort();
  await first.done;
  await clock.advance(5000);
  assert.deepEqual([...leading], ['second']);
  const { spec } = await client.get(leases, 'default', 'lock');
  assert.deepEqual([spec?.holderIdentity, spec?.leaseTransitions], ['second', 1]);
});

test('a leader that is cut off gives up before another takes over', async t => {
  const { clock, leading, cutOff, candidate } = await start(t);
  candidate('first');
  await clock.advance(1000);
  candidate('second');
  await clock.advance(10_000);
  cutOff.add('first');
  await clock.advance(13_000);
  assert.equal(leading.size, 0);
  await clock.advance(10_000);
  assert.deepEqual([...leading], ['second']);
});
