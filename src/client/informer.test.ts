import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import type { Breathe } from '#base/time-slice.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { statusError } from '#machinery/status.ts';
import { createClient } from './client.ts';
import { Informer } from './informer.ts';
import type { Transport, TransportRequest, WatchHandler } from './transport.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

function pod(name: string, resourceVersion: number, node = ''): Pod {
  const metadata = {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    resourceVersion: String(resourceVersion),
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], nodeName: node } };
}

/** A server whose every answer the test gives: for faults that a real one shows by chance alone. */
class ScriptedServer implements Transport {
  readonly lists: TransportRequest[] = [];
  readonly watches: { request: TransportRequest; handler: WatchHandler; open: boolean }[] = [];
  onList: () => { items: Pod[]; resourceVersion: string } = () => ({ items: [], resourceVersion: '1' });

  async request(request: TransportRequest) {
    this.lists.push(request);
    const { items, resourceVersion } = this.onList();
    const body = { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion }, items };
    return { status: 200, headers: {}, body };
  }

  watch(request: TransportRequest, handler: WatchHandler): Disposable {
    const watch = { request, handler, open: true };
    this.watches.push(watch);
    return {
      [Symbol.dispose]: () => {
        watch.open = false;
      },
    };
  }

  stream(): never {
    assert.fail('no streams');
  }
}

function start(t: { after(fn: () => void): void }, breathe?: Breathe) {
  const server = new ScriptedServer();
  const clock = new VirtualClock(settle);
  const seams = { clock, random: new SeededRandom(1), log: silentLog, ...(breathe ? { breathe } : {}) };
  const informer = new Informer(createClient(server), pods, {}, seams);
  t.after(() => informer[Symbol.dispose]());
  const heard: string[] = [];
  informer.on({
    added: object => heard.push(`+${object.metadata.name}`),
    updated: object => heard.push(`~${object.metadata.name}@${object.metadata.resourceVersion}`),
    deleted: object => heard.push(`-${object.metadata.name}`),
  });
  informer.addIndex('node', object => (object.spec?.nodeName ? [object.spec.nodeName] : []));
  return { server, clock, informer, heard };
}

test('lists, then watches from there, and keeps indexes in step', async t => {
  const { server, informer, heard } = start(t);
  server.onList = () => ({ items: [pod('a', 3, 'n1')], resourceVersion: '5' });
  assert.equal(informer.synced, false);
  informer.start();
  await informer.whenSynced();
  await settle();
  const watch = server.watches[0]!;
  assert.equal(server.lists[0]!.query?.resourceVersion, '0');
  assert.equal(watch.request.query?.resourceVersion, '5');
  watch.handler.event({ type: 'MODIFIED', object: pod('a', 6, 'n2') });
  watch.handler.event({ type: 'ADDED', object: pod('b', 7, 'n2') });
  assert.deepEqual(
    informer.byIndex('node', 'n2').map(object => object.metadata.name),
    ['a', 'b'],
  );
  assert.deepEqual(informer.byIndex('node', 'n1'), []);
  watch.handler.event({ type: 'DELETED', object: pod('a', 8, 'n2') });
  assert.deepEqual(heard, ['+a', '~a@6', '+b', '-a']);
  assert.equal(informer.resourceVersion, '8');
  assert.equal(informer.get('default/a'), undefined);
});

test('a long list is taken in pieces, and counts as in when all of it is', async t => {
  let goOn = () => {};
  const breathe = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    goOn = resolve;
    return promise;
  };
  const { server, informer, heard } = start(t, breathe);
  const names = Array.from({ length: 40 }, (_, i) => `pod-${i}`);
  server.onList = () => ({ items: names.map(name => pod(name, 3)), resourceVersion: '5' });
  informer.start();
  await settle();
  assert.ok(informer.size > 0 && informer.size < 40, 'a piece is in');
  assert.deepEqual([informer.synced, informer.resourceVersion, server.watches.length], [false, '', 0]);
  for (let turn = 0; turn < 40 && !informer.synced; turn++) {
    goOn();
    await settle();
  }
  assert.deepEqual(
    heard,
    names.map(name => `+${name}`),
  );
  assert.deepEqual([informer.resourceVersion, server.watches.length], ['5', 1]);
});

test('a watch that ends goes on where it was, bookmarks included', async t => {
  const { server, clock, informer } = start(t);
  informer.start();
  await settle();
  await clock.advance(10_000);
  server.watches[0]!.handler.event({
    type: 'BOOKMARK',
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: '99' } },
  });
  server.watches[0]!.handler.end(undefined);
  await settle();
  assert.equal(server.lists.length, 1);
  assert.equal(server.watches[1]!.request.query?.resourceVersion, '99');
});

test('a lost connection is resumed after a pause; history that is gone is listed anew', async t => {
  const { server, clock, informer, heard } = start(t);
  server.onList = () => ({ items: [pod('a', 3), pod('b', 3)], resourceVersion: '5' });
  informer.start();
  await settle();
  server.watches[0]!.handler.end(new Error('socket hang up'));
  await settle();
  assert.equal(server.watches.length, 1, 'waits before it connects again');
  await clock.advance(2000);
  assert.equal(server.watches[1]!.request.query?.resourceVersion, '5');

  server.onList = () => ({ items: [pod('b', 8), pod('c', 9)], resourceVersion: '10' });
  const { status } = statusError.expired('too old resource version: 5 (9)');
  server.watches[1]!.handler.event({ type: 'ERROR', object: status as never });
  await clock.advance(5000);
  assert.equal(server.lists[1]!.query?.resourceVersion, undefined, 'asks for the newest state');
  assert.deepEqual(heard, ['+a', '+b', '~b@8', '+c', '-a']);
  assert.equal(server.watches[2]!.request.query?.resourceVersion, '10');
});

test('failing lists wait longer each time, then sync', async t => {
  const { server, clock, informer } = start(t);
  server.onList = () => {
    throw statusError.unavailable('not yet');
  };
  informer.start();
  await clock.advance(60_000);
  const attempts = server.lists.length;
  assert.ok(attempts >= 4 && attempts <= 8, `${attempts} attempts in a minute`);
  server.onList = () => ({ items: [], resourceVersion: '1' });
  await clock.advance(60_000);
  assert.ok(informer.synced);
});

test('a name made anew in a gap is told as a deletion and an addition', async t => {
  const { server, informer, heard } = start(t);
  server.onList = () => ({ items: [pod('a', 3)], resourceVersion: '5' });
  informer.start();
  await settle();
  const again = pod('a', 9);
  again.metadata.uid = 'another';
  server.watches[0]!.handler.event({ type: 'MODIFIED', object: again });
  assert.deepEqual(heard, ['+a', '-a', '+a']);
});

test('disposing closes the watch and leaves no timer', async t => {
  const { server, clock, informer } = start(t);
  informer.start();
  await settle();
  informer[Symbol.dispose]();
  await settle();
  assert.equal(server.watches[0]!.open, false);
  assert.equal(clock.pending, 0);
});
