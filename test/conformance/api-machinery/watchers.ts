import assert from 'node:assert/strict';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';

const labelled = (name: string, label: string) => ({ metadata: { name, labels: { watch: label } } });

/** Writes mutation: N into a config map's data. */
function mutate(t: Trial, name: string, mutation: number) {
  return t.api.configMaps.patch(name, { data: { mutation: String(mutation) } });
}

export const watcherRows = [
  row('Watchers should observe add, update, and delete watch notifications on configmaps', async t => {
    const { configMaps } = t.api;
    const a = await t.watch(configMaps, { labelSelector: 'watch=a' });
    const b = await t.watch(configMaps, { labelSelector: 'watch=b' });
    const both = await t.watch(configMaps, { labelSelector: 'watch in (a,b)' });
    await configMaps.create(labelled('a', 'a'));
    await mutate(t, 'a', 1);
    await mutate(t, 'a', 2);
    await configMaps.delete('a');
    await configMaps.create(labelled('b', 'b'));
    await configMaps.delete('b');
    for (const watcher of [a, both]) {
      assert.equal((await watcher.expect('ADDED')).data?.mutation, undefined);
      assert.equal((await watcher.expect('MODIFIED')).data?.mutation, '1');
      assert.equal((await watcher.expect('MODIFIED')).data?.mutation, '2');
      assert.equal((await watcher.expect('DELETED')).data?.mutation, '2');
    }
    for (const watcher of [b, both]) {
      assert.equal((await watcher.expect('ADDED')).metadata!.name, 'b');
      assert.equal((await watcher.expect('DELETED')).metadata!.name, 'b');
    }
    await t.sleep(300);
    assert.deepEqual([a.events.length, b.events.length, both.events.length], [4, 2, 6]);
  }),

  row('Watchers should be able to start watching from a specific resource version', async t => {
    const { configMaps } = t.api;
    await configMaps.create(labelled('from', 'from'));
    const first = await mutate(t, 'from', 1);
    await mutate(t, 'from', 2);
    await configMaps.delete('from');
    const resourceVersion = first.metadata!.resourceVersion!;
    const watcher = await t.watch(configMaps, { labelSelector: 'watch=from', resourceVersion });
    assert.equal((await watcher.expect('MODIFIED')).data?.mutation, '2');
    assert.equal((await watcher.expect('DELETED')).data?.mutation, '2');
  }),

  row(
    'Watchers should be able to restart watching from the last resource version observed by the previous watch',
    async t => {
      const { configMaps } = t.api;
      const first = await t.watch(configMaps, { labelSelector: 'watch=again' });
      await configMaps.create(labelled('again', 'again'));
      await mutate(t, 'again', 1);
      await first.expect('ADDED');
      const resourceVersion = (await first.expect('MODIFIED')).metadata!.resourceVersion!;
      first[Symbol.dispose]();
      await mutate(t, 'again', 2);
      await configMaps.delete('again');
      const second = await t.watch(configMaps, { labelSelector: 'watch=again', resourceVersion });
      assert.equal((await second.expect('MODIFIED')).data?.mutation, '2');
      await second.expect('DELETED');
    },
  ),

  row(
    'Watchers should observe an object deletion if it stops meeting the requirements of the selector',
    async t => {
      const { configMaps } = t.api;
      const watcher = await t.watch(configMaps, { labelSelector: 'watch=mine' });
      const relabel = (label: string) => configMaps.patch('c', { metadata: { labels: { watch: label } } });
      await configMaps.create(labelled('c', 'mine'));
      await mutate(t, 'c', 1);
      await relabel('other');
      await mutate(t, 'c', 2);
      await relabel('mine');
      await mutate(t, 'c', 3);
      await configMaps.delete('c');
      await watcher.expect('ADDED');
      assert.equal((await watcher.expect('MODIFIED')).data?.mutation, '1');
      assert.equal((await watcher.expect('DELETED')).data?.mutation, '1');
      assert.equal((await watcher.expect('ADDED')).data?.mutation, '2');
      assert.equal((await watcher.expect('MODIFIED')).data?.mutation, '3');
      await watcher.expect('DELETED');
    },
  ),

  row('Watchers should receive events on concurrent watches in same order', async t => {
    const { configMaps } = t.api;
    const selector = { labelSelector: 'watch=order' };
    const versions: string[] = [];
    const write = async () => {
      for (let round = 0; round < 10; round++) {
        const name = `order-${round % 3}`;
        const written = await configMaps.create(labelled(name, 'order'));
        versions.push(written.metadata!.resourceVersion!);
        versions.push((await mutate(t, name, round)).metadata!.resourceVersion!);
        await configMaps.delete(name);
      }
    };
    const start = (await configMaps.list()).metadata.resourceVersion!;
    const writing = write();
    const reference = await t.watch(configMaps, { ...selector, resourceVersion: start });
    const watchers = [];
    for (let at = 0; at < 10; at++) {
      const resourceVersion = (await reference.next()).object.metadata!.resourceVersion!;
      watchers.push({ at, watcher: await t.watch(configMaps, { ...selector, resourceVersion }) });
    }
    await writing;
    while (reference.events.length < 30) await reference.next();
    const order = reference.events.map(event => event.object.metadata!.resourceVersion);
    for (const { at, watcher } of watchers) {
      while (watcher.events.length < 29 - at) await watcher.next();
      assert.deepEqual(
        watcher.events.map(event => event.object.metadata!.resourceVersion),
        order.slice(at + 1),
      );
    }
    assert.deepEqual(
      versions.filter(version => !order.includes(version)),
      [],
    );
  }),
];
