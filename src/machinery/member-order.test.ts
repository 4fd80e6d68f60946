import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSchemas } from '#api/schemas.ts';
import { orderMembers, sortMembers, typedMeta } from './member-order.ts';
import { deepFreeze, type KubeObject } from './object.ts';

const schemas = loadSchemas();

function inOrder(schema: string, value: object): string {
  const object = { kind: 'K', apiVersion: 'v1', metadata: {}, ...value } as unknown as KubeObject;
  orderMembers(object, schemas.schemaOf(`io.k8s.api.${schema}`)!);
  return JSON.stringify({ ...object, kind: undefined, apiVersion: undefined });
}

test('members come in the order of their type, whatever was added last', () => {
  const container = { name: 'c', imagePullPolicy: 'Always', image: 'i' };
  const template = { spec: { restartPolicy: 'Always', containers: [container] }, metadata: {} };
  assert.equal(
    inOrder('apps.v1.Deployment', { status: {}, spec: { template, replicas: 1 } }),
    '{"metadata":{},"spec":{"replicas":1,"template":{"metadata":{},"spec":{"containers":[' +
      '{"name":"c","image":"i","imagePullPolicy":"Always"}],"restartPolicy":"Always"}}},"status":{}}',
  );
});

test('maps are in the order of their names', () => {
  assert.equal(
    inOrder('core.v1.ConfigMap', {
      metadata: { labels: { b: '1', a: '2' } },
      data: { z: '', __proto: '', a: '' },
    }),
    '{"metadata":{"labels":{"a":"2","b":"1"}},"data":{"__proto":"","a":"","z":""}}',
  );
});

test('what is in order stays the same object, and what is frozen is not looked at', () => {
  const data = { a: '1', b: '2' };
  const frozen = deepFreeze({ b: '1', a: '2' });
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: {}, data, binaryData: frozen };
  orderMembers(object, schemas.schemaOf('io.k8s.api.core.v1.ConfigMap')!);
  assert.equal(object.data, data);
  assert.equal(object.binaryData, frozen);
});

test('what has no type is sorted through and through, and stays the same where it is', () => {
  const value = { b: [{ d: 1, c: { f: 1, e: 2 } }], a: { g: [1, 2] } };
  const sorted = sortMembers(value);
  assert.equal(JSON.stringify(sorted), '{"a":{"g":[1,2]},"b":[{"c":{"e":2,"f":1},"d":1}]}');
  assert.equal(sorted.a, value.a);
  assert.equal(sortMembers(sorted), sorted);
  const object = { metadata: { name: 'n', labels: { b: '', a: '' } }, kind: 'K', apiVersion: 'x/v1' };
  orderMembers(object as never, { type: 'object', name: 'K', fields: new Map() });
  assert.equal(
    JSON.stringify(object),
    '{"apiVersion":"x/v1","kind":"K","metadata":{"labels":{"a":"","b":""},"name":"n"}}',
  );
});

test('sorted metadata is shown as its type has it', () => {
  const owner = {
    apiVersion: 'v1',
    blockOwnerDeletion: true,
    controller: true,
    kind: 'K',
    name: 'o',
    uid: 'u',
  };
  const entry = { apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {}, manager: 'm', operation: 'Apply' };
  const metadata = { generation: 1, managedFields: [entry], name: 'n', ownerReferences: [owner], uid: 'x' };
  assert.equal(
    JSON.stringify(typedMeta({ ...metadata, resourceVersion: '3' })),
    '{"name":"n","uid":"x","resourceVersion":"3","generation":1,"ownerReferences":[{"apiVersion":"v1","kind":"K",' +
      '"name":"o","uid":"u","controller":true,"blockOwnerDeletion":true}],"managedFields":[{"manager":"m",' +
      '"operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{}}]}',
  );
});
