import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#machinery/object.ts';
import { differences, Names, normalObject } from './normal-form.ts';

const uids = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];

function pod(suffix: string, uid: string, more: object = {}): KubeObject {
  const metadata = {
    name: `web-${suffix}`,
    generateName: 'web-',
    namespace: 'default',
    uid,
    resourceVersion: suffix,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...more } as KubeObject;
}

function normal(object: KubeObject, names = new Names()) {
  names.see(object);
  return normalObject('core/pods', object, names);
}

test('names, uids, versions and times do not count', () => {
  const [a, b] = uids.map((uid, i) =>
    normal(pod(`x${i}`, uid, { status: { startTime: `2026-01-01T00:00:0${i}Z`, podIP: `10.128.0.${i}` } })),
  );
  assert.deepEqual(a, b);
  assert.equal(a!.title, 'core/pods default/web-*');
});

test('an observed generation counts as current or behind', () => {
  const at = (generation: number, observedGeneration: number) => {
    const object = pod('x', uids[0]!, { status: { observedGeneration } });
    return normal({ ...object, metadata: { ...object.metadata, generation } });
  };
  assert.deepEqual(at(1, 1), at(4, 4));
  assert.notDeepEqual(at(1, 1), at(4, 3));
});

test('an owner that is gone is not its successor of the same name', () => {
  const names = new Names();
  for (const uid of uids) names.see({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', uid } });
  names.tellGone(uid => uid === uids[0]);
  const owned = (uid: string) => normal(pod('x', 'none', { spec: { of: uid } }), names);
  assert.notDeepEqual(owned(uids[0]!), owned(uids[1]!));
});

test('differences name the field, and what is missing or too many', () => {
  const states = [
    [normal(pod('a', uids[0]!, { spec: { size: 1 } })), normal(pod('b', uids[1]!, { spec: { size: 2 } }))],
    [normal(pod('c', uids[0]!, { spec: { size: 2 } })), normal(pod('d', uids[1]!, { spec: { size: 3 } }))],
  ] as const;
  assert.deepEqual(differences(states[0], states[1]), ['core/pods default/web-* .spec .size is 3, not 1']);
  assert.deepEqual(differences(states[0], [states[0][1]]), ['core/pods default/web-* is missing']);
  assert.deepEqual(differences([states[0][1]], states[0]), ['core/pods default/web-* should not be there']);
  assert.deepEqual(differences(states[0], states[0].toReversed()), []);
});
