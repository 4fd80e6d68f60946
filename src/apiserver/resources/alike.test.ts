import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deepFreeze, type KubeObject } from '#machinery/object.ts';
import { AlikeParts } from './alike.ts';

const words = fc.constantFrom('a', 'b', '__proto__', 'constructor');
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('x', 1, null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(words, tie('value'), { maxKeys: 3 }),
  ),
}));
const objects = fc.record({
  kind: fc.constantFrom('Thing', 'Other'),
  apiVersion: fc.constant('v1'),
  metadata: fc.dictionary(fc.constantFrom('labels', 'finalizers'), value),
  spec: value,
  status: fc.dictionary(words, value, { maxKeys: 2 }),
}) as unknown as fc.Arbitrary<KubeObject>;

test('an object says the same as before, however much of it others had before', () => {
  fc.assert(
    fc.property(fc.array(objects, { maxLength: 8 }), all => {
      const alike = new AlikeParts();
      const before = all.map(object => JSON.stringify(object));
      const kept = all.map(object => {
        const one = alike.share(object);
        alike.learn(deepFreeze(one));
        return one;
      });
      assert.deepEqual(
        kept.map(object => JSON.stringify(object)),
        before,
      );
      assert.ok(!Object.isFrozen(Object.prototype));
    }),
  );
});

test('pods of one template have in common what they say in common', () => {
  const pod = (name: string) => ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, labels: { app: 'web' } },
    spec: { volumes: [{ name, projected: { sources: [{}] } }], containers: [{ resources: { limits: {} } }] },
    status: { conditions: [{ type: 'Ready' }] },
  });
  const alike = new AlikeParts();
  const first = pod('a');
  alike.learn(deepFreeze(first));
  const second = alike.share(pod('b'));
  assert.deepEqual(second, pod('b'));
  assert.equal(second.metadata.labels, first.metadata.labels);
  assert.equal(second.status, first.status);
  assert.equal(second.spec.containers, first.spec.containers);
  assert.equal(second.spec.volumes[0]!.projected, first.spec.volumes[0]!.projected);
  assert.notEqual(second.spec.volumes[0], first.spec.volumes[0]);
  assert.ok(!Object.isFrozen(second.spec));
});
