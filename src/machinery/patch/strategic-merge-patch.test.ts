import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deepEqual } from '#base/equal.ts';
import { deepFreeze } from '../object.ts';
import type { FieldSchema, ObjectSchema, Schema } from '../schema.ts';
import { StatusError } from '../status.ts';
import type { JsonObject } from './json-object.ts';
import { createThreeWayMergePatch, createTwoWayMergePatch } from './strategic-diff.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const text: Schema = { type: 'string' };
const list = (items: Schema): Schema => ({ type: 'list', items });

function object(name: string, fields: Record<string, Schema | Omit<FieldSchema, 'name'>>): ObjectSchema {
  const entries = Object.entries(fields).map(([field, given]): [string, FieldSchema] => [
    field,
    'schema' in given ? { name: field, ...given } : { name: field, schema: given },
  ]);
  return { type: 'object', name, fields: new Map(entries) };
}

const container = object('Container', {
  name: text,
  image: text,
  args: list(text),
  env: {
    schema: list(object('EnvVar', { name: text, value: text })),
    patchStrategy: ['merge'],
    patchMergeKey: 'name',
  },
});
const volume = object('Volume', {
  name: text,
  emptyDir: object('EmptyDir', {}),
  hostPath: object('HostPath', { path: text }),
});
const schema = object('PodSpec', {
  containers: { schema: list(container), patchStrategy: ['merge'], patchMergeKey: 'name' },
  volumes: { schema: list(volume), patchStrategy: ['merge', 'retainKeys'], patchMergeKey: 'name' },
  finalizers: { schema: list(text), patchStrategy: ['merge'] },
  nodeSelector: { type: 'map', values: text },
  hostname: text,
  raw: { schema: { type: 'any' }, patchStrategy: ['replace'] },
});

const patched = (original: JsonObject, patch: JsonObject) =>
  applyStrategicMergePatch(deepFreeze(original), deepFreeze(patch), schema);

const pod = {
  containers: [
    { name: 'a', image: 'one', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'two', args: ['-v'] },
  ],
  finalizers: ['f/1', 'f/2'],
  nodeSelector: { disk: 'ssd' },
};

test('lists merge by key, maps by field, other lists are replaced', () => {
  const patch = {
    containers: [
      { name: 'a', env: [{ name: 'Y', value: '2' }] },
      { name: 'b', args: ['-q'] },
      { name: 'c', image: 'three' },
    ],
    nodeSelector: { zone: 'z', disk: null },
  };
  assert.deepEqual(patched(pod, patch), {
    ...pod,
    containers: [
      {
        name: 'a',
        image: 'one',
        env: [
          { name: 'Y', value: '2' },
          { name: 'X', value: '1' },
        ],
      },
      { name: 'b', image: 'two', args: ['-q'] },
      { name: 'c', image: 'three' },
    ],
    nodeSelector: { zone: 'z' },
  });
});

test('directives: delete, replace, primitive lists, order, retained keys', () => {
  assert.deepEqual(patched(pod, { containers: [{ name: 'a', $patch: 'delete' }] }).containers, [
    pod.containers[1],
  ]);
  assert.deepEqual(
    patched(pod, { containers: [{ $patch: 'replace' }, { name: 'z', image: 'i' }] }).containers,
    [{ name: 'z', image: 'i' }],
  );
  assert.deepEqual(patched(pod, { nodeSelector: { $patch: 'replace', k: 'v' } }).nodeSelector, { k: 'v' });
  assert.deepEqual(patched(pod, { nodeSelector: { $patch: 'delete' } }).nodeSelector, {});
  assert.deepEqual(patched(pod, { '$deleteFromPrimitiveList/finalizers': ['f/1'] }).finalizers, ['f/2']);
  assert.deepEqual(patched(pod, { finalizers: ['f/3', 'f/1'] }).finalizers, ['f/3', 'f/1', 'f/2']);
  const order = { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] };
  assert.deepEqual(
    (patched(pod, order).containers as { name: string }[]).map(c => c.name),
    ['b', 'a'],
  );
  const volumes = { volumes: [{ name: 'v', emptyDir: {} }] };
  const change = { volumes: [{ name: 'v', hostPath: { path: '/' }, $retainKeys: ['name', 'hostPath'] }] };
  assert.deepEqual(patched(volumes, change), { volumes: [{ name: 'v', hostPath: { path: '/' } }] });
});

test('what is malformed or does not fit is refused with its code', () => {
  const cases: [JsonObject, number, RegExp][] = [
    [
      { containers: [{ image: 'x' }] },
      500,
      /^map: map\[image:x\] does not contain declared merge key: name$/,
    ],
    [{ nodeSelector: { $patch: 'x' } }, 500, /^unknown patch type: x in map: map\[/],
    [{ '$deleteFromPrimitiveList:x': [] }, 400, /^invalid patch format of primitive list$/],
    [{ $setElementOrder: [] }, 400, /^invalid patch format of setElementOrder list$/],
    [
      { '$setElementOrder/nowhere': ['x'] },
      500,
      /^unable to find api field in struct \w+ for the json field "nowhere"$/,
    ],
    [
      { nodeSelector: { '$setElementOrder/x': ['x'] } },
      500,
      /^merging an object in json but data type is not struct, instead is: map$/,
    ],
    [
      { '$setElementOrder/volumes': [{ name: 'v' }], volumes: [] },
      500,
      /^no elements in any of the given slices$/,
    ],
    [{ $retainKeys: 'x' }, 400, /^invalid patch format of retainKeys$/],
    [{ $retainKeys: ['hostname'], finalizers: [] }, 400, /^invalid patch format of retainKeys$/],
    [{ finalizers: [['x']] }, 500, /^list element types are not identical/],
    [
      { '$setElementOrder/finalizers': ['f/2', 'f/1'], finalizers: ['f/1', 'f/2'] },
      500,
      /^The order in patch list:\n\[f\/1 f\/2\]\n doesn't match \$setElementOrder list:\n\[f\/2 f\/1\]\n$/,
    ],
  ];
  for (const [patch, code, message] of cases) {
    assert.throws(
      () => patched(pod, patch),
      (error: unknown) => error instanceof StatusError && error.code === code && message.test(error.message),
      JSON.stringify(patch),
    );
  }
});

test('three-way: drops what was applied and is gone, keeps what others added', () => {
  const applied = {
    containers: [
      { name: 'a', image: '1' },
      { name: 'b', image: '1' },
    ],
    hostname: 'h',
  };
  const current = {
    containers: [
      { name: 'a', image: '1', args: ['x'] },
      { name: 'b', image: '1' },
      { name: 's', image: '1' },
    ],
    hostname: 'h',
  };
  const modified = { containers: [{ name: 'a', image: '2' }] };
  const patch = createThreeWayMergePatch(applied, modified, current, schema);
  assert.deepEqual(patch, {
    '$setElementOrder/containers': [{ name: 'a' }],
    containers: [
      { name: 'a', image: '2' },
      { name: 'b', $patch: 'delete' },
    ],
    hostname: null,
  });
  assert.deepEqual(patched(current, patch), {
    containers: [
      { name: 'a', image: '2', args: ['x'] },
      { name: 's', image: '1' },
    ],
  });
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const named = (more: Record<string, fc.Arbitrary<unknown>>) =>
  fc.uniqueArray(fc.record({ name, ...more }, { requiredKeys: ['name'] }), {
    maxLength: 4,
    minLength: 1,
    selector: item => item.name,
  });
const spec = fc.record(
  {
    containers: named({ image: name, args: fc.array(name, { minLength: 1 }), env: named({ value: name }) }),
    volumes: named({ emptyDir: fc.constant({}), hostPath: fc.record({ path: name }) }),
    finalizers: fc.uniqueArray(name, { minLength: 1 }),
    nodeSelector: fc.dictionary(name, name, { minKeys: 1 }),
    hostname: name,
    raw: fc.record({ x: name }),
  },
  { requiredKeys: [] },
);

test('a computed patch turns one object into the other, and into nothing when they are the same', () => {
  fc.assert(
    fc.property(spec, spec, (original, modified) => {
      const patch = createTwoWayMergePatch(original, modified, schema);
      const result = patched(structuredClone(original) as JsonObject, patch);
      assert.ok(deepEqual(result, modified), JSON.stringify({ patch, result, modified }));
      const same = createTwoWayMergePatch(modified, modified, schema);
      delete same.raw;
      assert.deepEqual(same, {});
    }),
    { numRuns: 300 },
  );
});

test('applying what is applied already changes nothing', () => {
  fc.assert(
    fc.property(spec, spec, (modified, current) => {
      const applied = patched(
        current as JsonObject,
        createThreeWayMergePatch(modified, modified, current, schema),
      );
      const again = createThreeWayMergePatch(modified, modified, applied, schema);
      assert.ok(deepEqual(patched(applied, again), applied), JSON.stringify({ applied, again }));
    }),
    { numRuns: 300 },
  );
});

const noise = fc.object({
  key: fc.constantFrom(
    'containers',
    'finalizers',
    'name',
    'env',
    '$patch',
    '$retainKeys',
    '$setElementOrder/containers',
    '$deleteFromPrimitiveList/finalizers',
    '__proto__',
  ),
  values: [fc.constantFrom('a', 'delete', 'replace', null, 1), fc.array(fc.record({ name }))],
  maxDepth: 4,
});

test('any patch applies or is refused with a status', () => {
  fc.assert(
    fc.property(spec, noise, (original, patch) => {
      try {
        patched(original as JsonObject, patch as JsonObject);
      } catch (error) {
        assert.ok(error instanceof StatusError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

const refusal = (patch: JsonObject, original: JsonObject = pod) => {
  try {
    return { patched: applyStrategicMergePatch(original, patch, schema) };
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return `${error.code} ${error.message}`;
  }
};

test('of what the stated order does not name, what is new comes last first', () => {
  const patch = { finalizers: ['f/3', 'f/4'], '$setElementOrder/finalizers': [] };
  assert.deepEqual(patched({ finalizers: ['f/1', 'f/2'] }, patch).finalizers, ['f/1', 'f/2', 'f/4', 'f/3']);
});

test('what lies in a map, or in what holds any JSON, is not merged', () => {
  const holder = object('Holder', {
    extra: { type: 'map', values: list(text) },
    raw: { type: 'any', wire: 'raw' },
  });
  const original = { extra: { a: ['x'] }, raw: { spec: { a: 1 } } };
  const merge = (patch: JsonObject) => () => applyStrategicMergePatch(original, patch, holder);
  assert.throws(merge({ extra: { a: ['y'] } }), {
    code: 500,
    message: 'merging an object in json but data type is not struct, instead is: map',
  });
  assert.throws(merge({ raw: { spec: { b: 1 } } }), {
    code: 500,
    message: 'unable to find api field in struct RawExtension for the json field "spec"',
  });
  assert.deepEqual(merge({ extra: { b: ['y'] }, raw: { kind: 'X' } })(), {
    extra: { a: ['x'], b: ['y'] },
    raw: { spec: { a: 1 }, kind: 'X' },
  });
});

test('a directive that is no text is told by its type', () => {
  assert.equal(refusal({ $patch: 1 }), '500 unknown patch type: %!s(int64=1) in map: map[$patch:1]');
  assert.equal(refusal({ $patch: null }), '500 unknown patch type: %!s(<nil>) in map: map[$patch:<nil>]');
});

test('elements of a list that are nothing are refused', () => {
  const why = '500 expected a map[string]interface {}, but received a %!s(<nil>)';
  assert.equal(refusal({ containers: [null, null] }, { containers: [] }), why);
  assert.equal(
    refusal({ containers: [{ name: 'a' }, null], '$setElementOrder/containers': [{ name: 'a' }] }),
    why,
  );
});

test('the order is checked element by element, as far as both go', () => {
  assert.equal(
    refusal({ containers: [{ name: 'a' }], '$setElementOrder/containers': [{}, { name: 'a' }] }),
    '500 map: map[] does not contain declared merge key: name',
  );
  assert.equal(
    refusal({
      containers: [{ name: 'a' }, { name: 'b', $patch: 'merge' }],
      '$setElementOrder/containers': [{ name: 'a' }],
    }),
    "500 The order in patch list:\n[map[name:a] map[$patch:merge name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
  );
  assert.equal(refusal({ $setElementOrder: 1.5 }), '500 expected a []interface {}, but received a float64');
});
