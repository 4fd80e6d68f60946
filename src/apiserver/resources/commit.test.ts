import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import type { Store, Transaction } from '#store/store.ts';
import { Committer } from './commit.ts';
import type { Entry } from './entry.ts';
import type { ServedResource } from './served.ts';
import { StateCache } from './state-cache.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const clock = new VirtualClock(settle);
const podOf = (metadata: object): KubeObject => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'a', ...metadata },
});

/** What a watcher is told: whether each state is on its way out, and 'gone'. */
async function opened(store: Store) {
  const cache = new StateCache(store, silentLog);
  await cache.start();
  const bucket = cache.bucket('core/pods');
  const told: (string | undefined)[] = [];
  bucket.watch(cache.revision, {
    prefix: '',
    change: ({ type, entry }) =>
      void told.push(type === 'delete' ? 'gone' : (entry.object.metadata.deletionTimestamp ?? 'there')),
  });
  const what = { group: '', resource: 'pods' };
  const served = { bucket: 'core/pods', cache: bucket, definition: {}, stored: { strategy: {} }, what };
  const committer = new Committer({ store, cache, clock });
  const pods = served as unknown as ServedResource;
  const made = (await committer.create(pods, 'default/a', podOf({})))!;
  const end = (old: Entry) => committer.end(pods, old, podOf({ deletionTimestamp: 'now' }));
  return { committer, pods, made, end, told };
}

/** A store that puts something in front of a transaction which compares values. */
function between(store: Store, act: () => Promise<unknown>): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'transact') {
        return async (transaction: Transaction) => {
          if (transaction.compare.some(one => one.target === 'value')) await act();
          return target.transact(transaction);
        };
      }
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('an object that goes at once shows that it does, and is gone at the next revision', async () => {
  for (const isPrivate of [false, true]) {
    await using store = new MemoryStore(clock, { isPrivate });
    const { made, end, told } = await opened(store);
    const last = (await end(made))!;
    assert.deepEqual(told, ['there', 'now', 'gone']);
    assert.equal(last.revision, made.revision + 2);
    assert.equal(last.object.metadata.deletionTimestamp, 'now');
    assert.equal(last.object.metadata.resourceVersion, String(last.revision));
  }
});

test('what has changed meanwhile is neither shown as going, nor gone', async () => {
  await using store = new MemoryStore(clock);
  const { committer, pods, made, end, told } = await opened(store);
  await committer.update(pods, made, podOf({ labels: { own: 'x' } }));
  assert.equal(await end(made), undefined);
  assert.deepEqual(told, ['there', 'there']);
});

test('a store that takes them one by one: who comes between is seen first, or has done it', async () => {
  await using inner = new MemoryStore(clock);
  let act = async (): Promise<unknown> => undefined;
  const { committer, pods, made, end, told } = await opened(between(inner, () => act()));
  const current = () => pods.cache.get('default/a')!;
  act = async () => {
    while (current() === made) await settle();
    await committer.update(pods, current(), podOf({ deletionTimestamp: 'soon' }));
  };
  assert.ok(await end(made));
  assert.deepEqual(told, ['there', 'now', 'soon', 'gone']);

  const again = (await committer.create(pods, 'default/a', podOf({})))!;
  act = async () => {
    while (current() === again) await settle();
    await committer.delete(pods, current());
  };
  assert.equal((await end(again))!.object.metadata.deletionTimestamp, 'now');
  assert.deepEqual(told.slice(4), ['there', 'now', 'gone']);
});
