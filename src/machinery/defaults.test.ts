import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadSchemas } from '#api/schemas.ts';
import { applyDefaults } from './defaults.ts';
import { decodeJson } from './json-decode.ts';
import type { ObjectSchema } from './schema.ts';

const schemas = loadSchemas();

it('fills in what upstream declares, and only where nothing stands', () => {
  const schema = schemas.schemaOfKind('', 'v1', 'Pod')!;
  const { object } = decodeJson(
    JSON.stringify({
      spec: {
        containers: [{ name: 'c', ports: [{ containerPort: 1 }, { containerPort: 2, protocol: 'UDP' }] }],
        volumes: [{ name: 'v', rbd: { monitors: [], image: 'i' } }],
      },
    }),
    schema,
  );
  applyDefaults(object, schema);
  const once = structuredClone(object);
  const spec = object.spec as { containers: { ports: object[] }[]; volumes: { rbd: object }[] };
  assert.deepEqual(spec.containers[0]!.ports, [
    { containerPort: 1, protocol: 'TCP' },
    { containerPort: 2, protocol: 'UDP' },
  ]);
  assert.deepEqual(spec.volumes[0]!.rbd, {
    monitors: [],
    image: 'i',
    pool: 'rbd',
    user: 'admin',
    keyring: '/etc/ceph/keyring',
  });
  applyDefaults(object, schema);
  assert.deepEqual(object, once);
});

it('adds no default that Go would leave out', () => {
  const schema = schemas.schemaOfKind('', 'v1', 'ServiceAccount')!;
  const { object } = decodeJson('{"imagePullSecrets":[{},{"name":""},{"name":"a"}]}', schema);
  applyDefaults(object, schema);
  assert.deepEqual(object.imagePullSecrets, [{}, {}, { name: 'a' }]);
});

it('fills in the defaults of custom resources, below defaults too', () => {
  const inner: ObjectSchema = {
    type: 'object',
    name: '',
    fields: new Map([['size', { name: 'size', schema: { type: 'integer' }, default: 3 }]]),
  };
  const schema: ObjectSchema = {
    type: 'object',
    name: 'com.example.v1.Widget',
    fields: new Map([
      ['spec', { name: 'spec', schema: inner, default: {} }],
      ['items', { name: 'items', schema: { type: 'list', items: inner } }],
      ['note', { name: 'note', schema: { type: 'string' }, default: 'n', nullable: true }],
    ]),
  };
  const object = { items: [{}, { size: null }, { size: 0 }], note: null };
  applyDefaults(object, schema);
  assert.deepEqual(object, { spec: { size: 3 }, items: [{ size: 3 }, { size: 3 }, { size: 0 }], note: null });
});

it('leaves out what JSON leaves out, though a default says it', () => {
  const schema = schemas.schemaOfKind('', 'v1', 'ServiceAccount')!;
  const { object } = decodeJson(
    JSON.stringify({ imagePullSecrets: [{}, { name: '' }, { name: 's' }] }),
    schema,
  );
  applyDefaults(object, schema);
  assert.deepEqual(object.imagePullSecrets, [{}, {}, { name: 's' }]);
});
