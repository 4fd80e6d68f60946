import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crdsPath, definitionOf, versionOf } from './custom-resources.ts';
import type { ObjectMeta } from '#machinery/object.ts';
import { type WireAnswer, WiredCluster } from './wire.ts';

const metadataOf = (answer: WireAnswer) => answer.json.metadata as ObjectMeta;

const reference = (uid: string, apiVersion = 'v1', kind = 'ConfigMap') => ({
  apiVersion,
  kind,
  name: `owner-${uid}`,
  uid,
});

test('owners that are there twice are dropped, and the client is told', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
  const definition = definitionOf('Foo', [versionOf('v1', schema)]);
  assert.equal((await wired.send({ method: 'POST', path: crdsPath, body: definition })).status, 201);
  for (const [apiVersion, kind, path] of [
    ['v1', 'ConfigMap', '/api/v1/namespaces/default/configmaps'],
    ['example.com/v1', 'Foo', '/apis/example.com/v1/namespaces/default/foos'],
  ] as const) {
    const body = (ownerReferences: object[], resourceVersion?: string) => ({
      apiVersion,
      kind,
      metadata: { name: 'dependent', ownerReferences, resourceVersion },
    });
    const [a, b] = [reference('a'), reference('b', 'v1', 'Node')];
    const told = (when: string) =>
      new RegExp(`duplicate entries${when}; .*; duplicate UID\\(s\\) observed: a"$`);

    const created = await wired.send({ method: 'POST', path, body: body([a, a]) });
    assert.equal(created.status, 201, created.text);
    assert.match(created.headers.warning!, told(''));
    const shown = metadataOf(created);
    assert.deepEqual([shown.ownerReferences, shown.managedFields?.length], [[a], 1]);

    const one = `${path}/dependent`;
    const updated = await wired.send({
      method: 'PUT',
      path: one,
      body: body([a, a, b], shown.resourceVersion),
    });
    assert.match(updated.headers.warning!, told(''));
    assert.deepEqual(metadataOf(updated).ownerReferences, [a, b]);

    const patched = await wired.send({
      method: 'PATCH',
      path: one,
      headers: { 'content-type': 'application/json-patch+json' },
      body: [{ op: 'add', path: '/metadata/ownerReferences/-', value: a }],
    });
    assert.match(patched.headers.warning!, told(' after mutating admission happens'));
    assert.deepEqual(metadataOf(patched).ownerReferences, [a, b]);

    const alike = body([a, { ...a, name: 'other' }], metadataOf(patched).resourceVersion);
    const others = await wired.send({ method: 'PUT', path: one, body: alike });
    assert.equal(others.headers.warning, undefined);
    assert.equal(metadataOf(others).ownerReferences?.length, 2);
  }
});
