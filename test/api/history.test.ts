import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { configMaps, namespaces } from '#api/generated/refs.ts';
import type { ConfigMap } from '#api/generated/types/core.v1.ts';
import { SeededRandom, randomInt } from '#base/random.ts';
import type { Client, WatchOptions } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';
import { TestCluster, eventually, succeeded } from '#test/e2e/harness.ts';
import { History, type Seen, seen, selector, text } from './history.ts';

/**
 * Many clients write few objects, others read, list and watch them: all of it must be parts of one history, that of the watch
 * which sees everything. With a database on a disk. HISTORY_SEED chooses what is done.
 */

const seed = Number(process.env.HISTORY_SEED ?? process.pid);
const namespace = 'history';
const names = ['a', 'b', 'c', 'd', 'e'];
let cluster: TestCluster;
let client: Client & Disposable;

before(async () => {
  cluster = await TestCluster.create('history');
  succeeded(await cluster.coxswain(['up', '--detach', '--hollow-nodes', '1', '--port', '0']));
  client = await cluster.client();
  await client.create(namespaces, { metadata: { name: namespace } });
  // From here on, nobody but the test writes ConfigMaps in it.
  await eventually(() => client.get(configMaps, namespace, 'kube-root-ca.crt'));
});

after(async () => {
  client?.[Symbol.dispose]();
  await cluster[Symbol.asyncDispose]();
});

/** Those that the test writes. */
function isOurs({ metadata }: ConfigMap): boolean {
  return names.includes(metadata.name!);
}

interface Watching extends Disposable {
  readonly told: Seen[];
  /** Of its initial events' end; 0: that has not come. */
  initialEnd: number;
}

function watch(options: WatchOptions): Watching {
  const told: Seen[] = [];
  const handle = client.watch(
    configMaps,
    namespace,
    { allowWatchBookmarks: true, ...options },
    {
      event: ({ type, object }) => {
        if (type === 'BOOKMARK') {
          if (object.metadata.annotations?.['k8s.io/initial-events-end']) {
            watching.initialEnd = Number(object.metadata.resourceVersion);
          }
        } else if (isOurs(object as ConfigMap)) told.push(seen(type, object as ConfigMap));
      },
      end: () => undefined,
    },
  );
  const watching: Watching = { told, initialEnd: 0, [Symbol.dispose]: () => handle[Symbol.dispose]() };
  return watching;
}

test(`what concurrent clients see is one history, HISTORY_SEED=${seed}`, async () => {
  const random = new SeededRandom(seed);
  const some = (): string => names[randomInt(random, names.length)]!;
  const { metadata } = await client.list(configMaps, namespace);
  const since = metadata.resourceVersion!;
  using all = watch({ resourceVersion: since });
  using selected = watch({ resourceVersion: since, labelSelector: selector });
  const initial: Watching[] = [];
  const reads: { name: string; from: number; found: Seen | undefined }[] = [];
  const lists: { revision: number; onlySelected: boolean; items: string[] }[] = [];
  let acknowledged = Number(since);
  let value = 0;
  let writing = true;

  const write = async () => {
    for (let i = 0; i < 30; i++) {
      const labels = { selected: randomInt(random, 2) ? 'yes' : 'no' };
      const object = { metadata: { name: some(), namespace, labels }, data: { value: String(value++) } };
      const kind = randomInt(random, 10);
      try {
        const written =
          kind < 3
            ? await client.create(configMaps, object)
            : kind < 5
              ? await client.update(configMaps, object)
              : kind < 8
                ? await client.patch(configMaps, namespace, object.metadata.name, 'merge', object)
                : await client.delete(configMaps, namespace, object.metadata.name);
        if (written) acknowledged = Math.max(acknowledged, Number(written.metadata.resourceVersion));
      } catch (error) {
        if (!hasReason(error, 'NotFound') && !hasReason(error, 'AlreadyExists')) throw error;
      }
    }
  };
  const read = async () => {
    while (writing) {
      const [name, from] = [some(), acknowledged];
      const found = await client.get(configMaps, namespace, name).catch((error: unknown) => {
        if (hasReason(error, 'NotFound')) return undefined;
        throw error;
      });
      reads.push({ name, from, found: found && seen('READ', found) });
    }
  };
  const list = async () => {
    while (writing) {
      const onlySelected = randomInt(random, 2) === 1;
      const options = { limit: 2, ...(onlySelected ? { labelSelector: selector } : {}) };
      const from = acknowledged;
      const items: ConfigMap[] = [];
      let page = await client.list(configMaps, namespace, options);
      const revision = Number(page.metadata.resourceVersion);
      assert.ok(revision >= from, `a list at ${revision} when ${from} was acknowledged`);
      for (;;) {
        items.push(...page.items);
        assert.equal(Number(page.metadata.resourceVersion), revision);
        if (!page.metadata.continue) break;
        page = await client.list(configMaps, namespace, { ...options, continue: page.metadata.continue });
      }
      const texts = items.filter(isOurs).map(item => text(seen('LISTED', item)));
      lists.push({ revision, onlySelected, items: texts.sort() });
      if (initial.length < 20) initial.push(watch({ sendInitialEvents: true, labelSelector: selector }));
    }
  };
  const others = [read(), read(), list(), list()];
  await Promise.all(Array.from({ length: 12 }, write));
  writing = false;
  await Promise.all(others);

  // Whatever comes last, every watch is told of.
  await client.patch(
    configMaps,
    namespace,
    some(),
    'apply',
    { data: { value: 'last' }, metadata: { labels: { selected: 'yes' } } },
    { fieldManager: 'last', force: true },
  );
  const isLast = ({ told }: Watching) => told.some(one => one.value === 'last');
  await eventually(() => assert.ok([all, selected, ...initial].every(isLast)));

  const history = new History(all.told);
  assert.deepEqual(history.anomalies, []);
  assert.deepEqual(selected.told.map(text), history.watch(Number(since), true));
  for (const { revision, onlySelected, items } of lists) {
    assert.deepEqual(items, history.list(revision, onlySelected), `the list of ${revision}`);
  }
  for (const { name, from, found } of reads) {
    assert.ok(history.mayRead(name, from, found), `${name} read after ${from}: ${found && text(found)}`);
  }
  for (const { told, initialEnd, ...watching } of initial) {
    const state = history.list(initialEnd, true);
    const listed = told.slice(0, state.length).map(one => text({ ...one, type: 'LISTED' }));
    assert.deepEqual(listed.sort(), state, `the initial events up to ${initialEnd}`);
    assert.deepEqual(told.slice(state.length).map(text), history.watch(initialEnd, true));
    watching[Symbol.dispose]();
  }
  // Who comes back to a revision is told the same once more.
  for (let i = 0; i < 5; i++) {
    const from = all.told[randomInt(random, all.told.length)]!.revision - 1;
    using again = watch({ resourceVersion: String(from), labelSelector: selector });
    const expected = history.watch(from, true);
    await eventually(() => assert.equal(again.told.length, expected.length));
    assert.deepEqual(again.told.map(text), expected);
  }
});
