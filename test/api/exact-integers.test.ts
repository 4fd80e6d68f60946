import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WiredCluster } from './wire.ts';

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'flakes.exact.example' },
  spec: {
    group: 'exact.example',
    names: { plural: 'flakes', singular: 'flake', kind: 'Flake', listKind: 'FlakeList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              id: { type: 'integer', format: 'int64', minimum: 1, multipleOf: 1 },
              ids: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
              free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};
const path = '/apis/exact.example/v1/namespaces/default/flakes';
const id = '9007199254740993';
const flake = (more: string) =>
  `{"apiVersion":"exact.example/v1","kind":"Flake","metadata":{"name":"a"},${more}}`;

test('custom resources keep every digit of their integers, however they are written and read', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  assert.equal((await wired.send({ method: 'POST', path: crds, body: crd })).status, 201);
  for (let i = 0; i < 200 && (await wired.send({ path })).status !== 200; i++) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  const json = { 'content-type': 'application/json' };
  const sent = flake(`"id":${id},"ids":[${id},9007199254740995],"free":{"x":[-${id}]}`);
  const made = await wired.send({ method: 'POST', path, headers: json, body: sent });
  assert.equal(made.status, 201, made.text);
  const patched = await wired.send({
    method: 'PATCH',
    path: `${path}/a`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: '{"free":{"y":9223372036854775807}}',
  });
  assert.equal(patched.status, 200, patched.text);
  const applied = await wired.send({
    method: 'PATCH',
    path: `${path}/a?fieldManager=m&force=true`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: `apiVersion: exact.example/v1\nkind: Flake\nmetadata: {name: a}\nids: [9007199254740997]\n`,
  });
  assert.equal(applied.status, 200, applied.text);
  const yaml = await wired.send({ path: `${path}/a`, headers: { accept: 'application/yaml' } });
  for (const text of [(await wired.send({ path: `${path}/a` })).text, (await wired.send({ path })).text]) {
    assert.match(text, new RegExp(`"id":${id}\\b`));
    assert.match(text, /"y":9223372036854775807\b/);
    for (const last of ['3', '5', '7']) assert.match(text, new RegExp(`900719925474099${last}`));
  }
  assert.match(yaml.text, new RegExp(`^id: ${id}$`, 'm'));
});
