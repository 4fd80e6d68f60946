import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import { createErrors, created, testContext, updateErrors } from '../testing.ts';
import { resourceClaimResource } from './resource-claim.ts';

const claim = (devices: object, status?: object) => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceClaim',
  metadata: { name: 'c', namespace: 'n' },
  spec: { devices },
  ...(status ? { status } : {}),
});
const exactly = (name: string, more: object = {}) => ({ name, exactly: { deviceClassName: 'gpu', ...more } });
const errorsOf = (devices: object) => createErrors(resourceClaimResource, claim(devices) as never);
const path = 'spec.devices';

const bad: readonly (readonly [string, object, string[]])[] = [
  [
    'a request for nothing',
    { requests: [{ name: 'r' }] },
    [`${path}.requests[0]: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
  ],
  [
    'a request twice',
    { requests: [exactly('r'), exactly('r')] },
    [`${path}.requests[1]: Duplicate value: "r"`],
  ],
  [
    'all of them, and three',
    { requests: [exactly('r', { allocationMode: 'All', count: 3 })] },
    [
      `${path}.requests[0].exactly.count: Invalid value: 3: must not be specified when allocationMode is 'All'`,
    ],
  ],
  [
    'a constraint on what is not asked for',
    { requests: [exactly('r')], constraints: [{ requests: ['x'], matchAttribute: 'a.b/c' }] },
    [
      `${path}.constraints[0].requests[0]: Invalid value: "x": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
    ],
  ],
  [
    'a constraint on an attribute of no domain',
    { requests: [exactly('r')], constraints: [{ matchAttribute: 'model' }] },
    [
      `${path}.constraints[0].matchAttribute: Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash`,
    ],
  ],
  [
    'a selector that is no expression',
    { requests: [exactly('r', { selectors: [{ cel: { expression: 'device.nope' } }] })] },
    [
      `${path}.requests[0].exactly.selectors[0].cel.expression: Invalid value: "device.nope": compilation failed: ERROR: <input>:1:7: undefined field 'nope'\n | device.nope\n | ......^`,
    ],
  ],
  [
    'a selector that says how many',
    { requests: [exactly('r', { selectors: [{ cel: { expression: 'size(device.driver)' } }] })] },
    [
      `${path}.requests[0].exactly.selectors[0].cel.expression: Invalid value: "size(device.driver)": must evaluate to bool or the unknown type, not int`,
    ],
  ],
  [
    'a selector that takes too long',
    {
      requests: [
        exactly('r', {
          selectors: [
            {
              cel: {
                expression:
                  'device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, a == b && c == d))))',
              },
            },
          ],
        }),
      ],
    },
    [`${path}.requests[0].exactly.selectors[0].cel.expression: Forbidden: too complex, exceeds cost limit`],
  ],
  [
    'parameters that are no object',
    { requests: [exactly('r')], config: [{ opaque: { driver: 'a.b', parameters: 1 } }] },
    [`${path}.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object`],
  ],
];

for (const [name, devices, errors] of bad)
  test(`refused: ${name}`, () => assert.deepEqual(errorsOf(devices), errors));

for (const expression of [
  'device.driver == "gpu.example.com"',
  'device.attributes["gpu.example.com"].model == "a100" && device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0',
  'cel.bind(gpu, device.attributes["gpu.example.com"], gpu.healthy && semver("1.2.3").isLessThan(gpu.version))',
  'device.attributes["gpu.example.com"].healthy',
]) {
  test(`taken: ${expression}`, () => {
    assert.deepEqual(errorsOf({ requests: [exactly('r', { selectors: [{ cel: { expression } }] })] }), []);
  });
}

test('what is asked for does not change', () => {
  const errors = updateErrors(
    resourceClaimResource,
    claim({ requests: [exactly('r')] }) as never,
    claim({ requests: [exactly('s')] }) as never,
  );
  assert.equal(errors.length, 1);
  assert.match(errors[0]!, /^spec: Invalid value: .*: field is immutable$/);
});

test('a claim is reserved once it is allocated, and the allocation stays', () => {
  const { validateStatusUpdate } = resourceClaimResource.strategy;
  const made = created(resourceClaimResource, claim({ requests: [exactly('r')] }) as never);
  const check = (status: object, before: object = {}) =>
    validateStatusUpdate!(
      { ...(made as object), status } as never,
      { ...(made as object), status: before } as never,
      testContext(),
    ).map(fieldErrorText);
  const reservedFor = [{ resource: 'pods', name: 'p', uid: 'u' }];
  const result = (device: string) => ({
    devices: { results: [{ request: 'r', driver: 'a.b', pool: 'p', device }] },
  });
  assert.deepEqual(check({ reservedFor }), [
    'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
  ]);
  assert.deepEqual(check({ reservedFor, allocation: result('d') }), []);
  assert.match(check({ allocation: result('e') }, { allocation: result('d') })[0]!, /: field is immutable$/);
  const devices = [{ driver: 'a.b', pool: 'p', device: 'x' }];
  assert.deepEqual(check({ allocation: result('d'), devices }), [
    'status.devices[0]: Invalid value: {"Driver":"a.b","Pool":"p","Device":"x","ShareID":""}: must be an allocated device in the claim',
  ]);
  const told = [{ driver: 'a.b', pool: 'p', device: 'd', conditions: null }];
  assert.deepEqual(check({ allocation: result('d'), devices: told }), []);
});

test('freed devices are reported of no more', () => {
  const made = created(resourceClaimResource, claim({ requests: [exactly('r')] }) as never) as object;
  const ids = ['d', 'e'].map(device => ({ driver: 'a.b', pool: 'p', device }));
  const of = (results: object[], devices: object[]) =>
    ({ ...made, status: { allocation: { devices: { results } }, devices } }) as never;
  const after = (results: object[]) => {
    const now = of(results, ids) as { status: object };
    resourceClaimResource.strategy.prepareForStatusUpdate!(now as never, of(ids, ids), testContext());
    return (now.status as { devices?: object[] }).devices;
  };
  assert.deepEqual(after(ids), ids);
  assert.deepEqual(after(ids.slice(0, 1)), ids.slice(0, 1));
  assert.equal(after([]), undefined);
});
