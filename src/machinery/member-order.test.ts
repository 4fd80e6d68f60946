import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSchemas } from '#api/schemas.ts';
import { orderMembers } from './member-order.ts';
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
