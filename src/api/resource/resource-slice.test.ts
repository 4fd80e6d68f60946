import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createErrors, created, updateErrors } from '../testing.ts';
import { resourceSliceResource } from './resource-slice.ts';

const slice = (spec: object) => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceSlice',
  metadata: { name: 's' },
  spec: {
    driver: 'gpu.example',
    pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
    allNodes: true,
    ...spec,
  },
});
const device = (more: object) => slice({ devices: [{ name: 'd', ...more }] });
const capacity = (requestPolicy: object) =>
  device({ allowMultipleAllocations: true, capacity: { memory: { value: '8Gi', requestPolicy } } });
const errorsOf = (object: object) => createErrors(resourceSliceResource, object as never);
const path = 'spec.devices[0]';

const bad: readonly (readonly [string, object, string[]])[] = [
  [
    'in no place',
    slice({ allNodes: undefined }),
    [
      'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  ],
  [
    'in two places',
    slice({ nodeName: 'n' }),
    [
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ],
  ],
  [
    'of an empty pool',
    slice({ pool: { name: '', generation: -1, resourceSliceCount: 0 } }),
    [
      'spec.pool.name: Required value',
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
    ],
  ],
  [
    'a device twice',
    slice({ devices: [{ name: 'd' }, { name: 'd' }] }),
    ['spec.devices[1]: Duplicate value: "d"'],
  ],
  [
    'a version that is none',
    device({ attributes: { v: { version: '1.2' } } }),
    [
      `${path}.attributes[v].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0`,
    ],
  ],
  [
    'an attribute of two values',
    device({ attributes: { v: { bool: true, int: 1 } } }),
    [
      `${path}.attributes[v]: Invalid value: {"IntValue":1,"BoolValue":true,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified`,
    ],
  ],
  [
    'a policy of a capacity that is not shared',
    device({ capacity: { memory: { value: '1', requestPolicy: { default: '1' } } } }),
    [`${path}.capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true`],
  ],
  [
    'a default that is not among the values',
    capacity({ default: '3Gi', validValues: ['1Gi', '2Gi'] }),
    [
      `${path}.capacity[memory].requestPolicy.validValues: Invalid value: "3Gi": default value is not valid according to the requestPolicy`,
    ],
  ],
  [
    'a range that its step does not meet',
    capacity({ default: '2Gi', validRange: { min: '1Gi', max: '4Gi', step: '2Gi' } }),
    [
      `${path}.capacity[memory].requestPolicy.validRange.step: Invalid value: "2Gi": value is not a multiple of a given step (2Gi) from (1Gi)`,
      `${path}.capacity[memory].requestPolicy.validRange.step: Invalid value: "4Gi": value is not a multiple of a given step (2Gi) from (1Gi)`,
    ],
  ],
  [
    'a default that is less than the least',
    capacity({ default: '1Gi', validRange: { min: '2Gi', max: '16Gi' } }),
    [
      `${path}.capacity[memory].requestPolicy.validRange.min: Invalid value: "1Gi": default is less than min: 2Gi`,
      `${path}.capacity[memory].requestPolicy.validRange.max: Invalid value: "16Gi": max is larger than capacity value: 8Gi`,
    ],
  ],
  [
    'values that are the same in whole numbers',
    capacity({ default: '1', validValues: ['500m', '1'] }),
    [`${path}.capacity[memory].requestPolicy.validValues[1]: Duplicate value: "1"`],
  ],
  [
    'an attribute of no name',
    device({ attributes: { '1': { int: 1 } }, capacity: { 'a.b/': { value: '1' } } }),
    [
      `${path}.attributes[1]: Invalid value: "1": a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')`,
      `${path}.capacity[a.b/]: Invalid value: "": the name must not be empty`,
    ],
  ],
  [
    'an attribute of a very long name',
    device({ attributes: { ['a'.repeat(100)]: { int: 1 } } }),
    [`${path}.attributes[${'a'.repeat(47)}...${'a'.repeat(46)}]: Too long: may not be more than 32 bytes`],
  ],
  [
    'conditions twice',
    device({ bindingConditions: ['a', 'a'], bindingFailureConditions: ['a', 'b', 'b'] }),
    [
      `${path}.bindingConditions[1]: Duplicate value: "a"`,
      `${path}.bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions`,
      `${path}.bindingFailureConditions[2]: Duplicate value: "b"`,
    ],
  ],
  [
    'conditions without their counterpart',
    device({ bindingConditions: ['ready'] }),
    [
      `${path}.bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions`,
    ],
  ],
];

for (const [name, object, errors] of bad)
  test(`refused: ${name}`, () => assert.deepEqual(errorsOf(object), errors));

test('a slice with all that a driver may say of its devices is taken', () => {
  const full = device({
    attributes: { 'gpu.example/model': { string: 'x' }, version: { version: '2.0.0-rc.1+b' } },
    capacity: { memory: { value: '8Gi' } },
    taints: [{ key: 'a', effect: 'NoExecute' }],
    bindingConditions: ['ready'],
    bindingFailureConditions: ['broken'],
  });
  assert.deepEqual(errorsOf(full), []);
});

test('lists of values are not kept', () => {
  const { spec } = created(
    resourceSliceResource,
    device({ attributes: { v: { int: 1, ints: [1] } }, nodeAllocatableResourceMappings: {} }) as never,
  ) as unknown as ReturnType<typeof slice>;
  assert.deepEqual((spec as { devices?: unknown }).devices, [{ name: 'd', attributes: { v: { int: 1 } } }]);
});

test('whose slice it is does not change', () => {
  const errors = updateErrors(
    resourceSliceResource,
    slice({}) as never,
    slice({ driver: 'other.example' }) as never,
  );
  assert.deepEqual(errors, ['spec.driver: Invalid value: "other.example": field is immutable']);
});

test('a taint was added now, where nobody says when', () => {
  const timeAdded = '2026-01-01T00:00:00Z';
  const tainted = device({
    taints: [
      { key: 'a', effect: 'NoExecute' },
      { key: 'b', effect: 'NoExecute', timeAdded },
    ],
  }) as never;
  const { spec } = created(resourceSliceResource, tainted) as unknown as {
    spec: { devices: { taints: { timeAdded: string }[] }[] };
  };
  const times = spec.devices[0]!.taints.map(taint => taint.timeAdded);
  assert.deepEqual(times, ['1970-01-01T00:00:00Z', timeAdded]);
});
