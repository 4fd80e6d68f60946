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

test('fields of built-in kinds keep every digit of an int64, too', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await wired.send({ method: 'POST', path: accounts, body: { metadata: { name: 'default' } } });
  const pods = '/api/v1/namespaces/default/pods';
  const write = async (method: string, path: string, type: string, body: string) => {
    const { status, text } = await wired.send({ method, path, headers: { 'content-type': type }, body });
    assert.ok(status < 300, text);
    return text;
  };
  const toleration = '{"effect":"NoExecute","operator":"Exists","tolerationSeconds":-9223372036854775808}';
  const pod = (grace: string) =>
    `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"nodeName":"n",` +
    `"terminationGracePeriodSeconds":${grace},"tolerations":[${toleration}],"containers":[{"name":"c","image":"i"}]}}`;
  await write('POST', pods, 'application/json', pod(id));
  const annotated =
    '{"metadata":{"annotations":{"a":"b"}},"spec":{"terminationGracePeriodSeconds":9007199254740993}}';
  await write('PATCH', `${pods}/a`, 'application/strategic-merge-patch+json', annotated);
  await write('PATCH', `${pods}/a`, 'application/merge-patch+json', annotated.replace('"b"', '"c"'));
  const applied = annotated
    .replace('{', '{"apiVersion":"v1","kind":"Pod",')
    .replace('"metadata":{', '"metadata":{"name":"a",');
  await write('PATCH', `${pods}/a?fieldManager=m&force=true`, 'application/apply-patch+yaml', applied);
  for (const path of [`${pods}/a`, pods]) {
    const { text } = await wired.send({ path });
    assert.match(text, /"terminationGracePeriodSeconds":9007199254740993,/);
    assert.match(text, /"tolerationSeconds":-9223372036854775808\b/);
  }
  const yaml = await wired.send({ path: `${pods}/a`, headers: { accept: 'application/yaml' } });
  assert.match(yaml.text, /terminationGracePeriodSeconds: 9007199254740993\n/);
  // What is updated is what was read: nothing that may not change has changed.
  const { text } = await wired.send({ path: `${pods}/a` });
  await write('PUT', `${pods}/a`, 'application/json', text.replace('"a":"c"', '"a":"d"'));
  const other = text.replaceAll(id, '9007199254740992');
  const headers = { 'content-type': 'application/json' };
  const { status } = await wired.send({ method: 'PUT', path: `${pods}/a`, headers, body: other });
  assert.equal(status, 422);
  // As long as a duration is, at most.
  const deleted = await write('DELETE', `${pods}/a`, 'application/json', '{}');
  assert.match(deleted, /"deletionGracePeriodSeconds":9007199254740993,/);
  assert.match(deleted, /"deletionTimestamp":"2\d{3}-/);
});
