import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, OwnerReference } from '#machinery/object.ts';
import { blockingDependents, DependencyGraph } from './graph.ts';

function object(kind: string, name: string, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { namespace: 'ns', name, uid: `u-${name}`, ...metadata } };
}

function ownedBy(owner: KubeObject, more: Partial<OwnerReference> = {}): Partial<KubeObject['metadata']> {
  const { apiVersion, kind, metadata } = owner;
  return { ownerReferences: [{ apiVersion, kind, name: metadata.name!, uid: metadata.uid!, ...more }] };
}

function start() {
  const heard: string[] = [];
  const graph = new DependencyGraph({
    tryDelete: uid => heard.push(`delete? ${uid}`),
    orphan: uid => heard.push(`orphan ${uid}`),
    ownerMismatch: (dependent, owner) => heard.push(`mismatch ${dependent.uid} of ${owner.uid}`),
    ownerGone: owner => heard.push(`gone ${owner.uid}`),
  });
  const take = () => heard.splice(0);
  return { graph, take };
}

const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };

test('dependents are looked at when their owner goes', () => {
  const { graph, take } = start();
  const owner = object('ConfigMap', 'a');
  graph.observe(owner);
  graph.observe(object('ConfigMap', 'b', ownedBy(owner)));
  assert.deepEqual(take(), []);
  graph.remove('u-a');
  assert.deepEqual(take(), ['gone u-a', 'delete? u-b']);
  graph.remove('u-b');
  assert.deepEqual(take(), [], 'nobody will ask for one without dependents');
});

test('an owner that nobody has seen is looked for, and its dependents when it is not there', () => {
  const { graph, take } = start();
  const owner = object('ConfigMap', 'a');
  graph.observe(object('ConfigMap', 'b', ownedBy(owner)));
  assert.deepEqual(take(), ['delete? u-a']);
  graph.removeAbsent(graph.get('u-a')!.identity);
  assert.deepEqual(take(), ['delete? u-b']);
  assert.equal(graph.get('u-a'), undefined);
});

test('one wrong reference does not make the owner of others count as gone', () => {
  const { graph, take } = start();
  const owner = object('ConfigMap', 'a');
  graph.observe(object('Secret', 'wrong', ownedBy(owner, { kind: 'Secret' })));
  graph.observe(object('ConfigMap', 'right', ownedBy(owner)));
  take();
  graph.removeAbsent(graph.get('u-a')!.identity);
  assert.deepEqual(
    take(),
    ['delete? u-wrong', 'delete? u-a'],
    'looks where the other says, before it gives up',
  );
  graph.observe(owner);
  assert.deepEqual(take(), ['mismatch u-wrong of u-a', 'delete? u-wrong']);
});

test('foreground deletion looks at dependents first, and at the owner as they go', () => {
  const { graph, take } = start();
  const owner = object('ConfigMap', 'a');
  graph.observe(owner);
  graph.observe(object('ConfigMap', 'blocks', ownedBy(owner, { blockOwnerDeletion: true })));
  graph.observe(object('ConfigMap', 'not', ownedBy(owner)));
  graph.observe(object('ConfigMap', 'a', { ...going, finalizers: ['foregroundDeletion'] }));
  assert.deepEqual(take(), ['delete? u-blocks', 'delete? u-not', 'delete? u-a']);
  const names = blockingDependents(graph.get('u-a')!).map(node => node.identity.name);
  assert.deepEqual(names, ['blocks']);
  graph.remove('u-blocks');
  assert.deepEqual(take(), ['delete? u-a']);
});

test('a dependent that stops to block, or is given away, lets its owner go', () => {
  const { graph, take } = start();
  const owner = object('ConfigMap', 'a');
  graph.observe(object('ConfigMap', 'a', { ...going, finalizers: ['foregroundDeletion'] }));
  graph.observe(object('ConfigMap', 'b', ownedBy(owner, { blockOwnerDeletion: true })));
  take();
  graph.observe(object('ConfigMap', 'b', ownedBy(owner, { blockOwnerDeletion: false })));
  assert.deepEqual(take(), ['delete? u-a']);
  graph.observe(object('ConfigMap', 'b'));
  assert.equal(graph.get('u-a')!.dependents.size, 0);
});

test('the orphan finalizer is worked on once the object is being deleted', () => {
  const { graph, take } = start();
  graph.observe(object('ConfigMap', 'a', { finalizers: ['orphan'] }));
  assert.deepEqual(take(), []);
  graph.observe(object('ConfigMap', 'a', { ...going, finalizers: ['orphan'] }));
  assert.deepEqual(take(), ['orphan u-a']);
});

test('the graph forgets virtual owners that nobody names any more', () => {
  const { graph } = start();
  graph.observe(object('ConfigMap', 'b', ownedBy(object('ConfigMap', 'a'))));
  graph.remove('u-b');
  assert.equal(graph.size, 0);
});
