/** Which devices claims get on a node. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Device,
  DeviceClaim,
  DeviceClass,
  DeviceRequest,
  ExactDeviceRequest,
  ResourceClaim,
  ResourceSlice,
  ResourceSliceSpec,
} from '#api/generated/types/resource.v1.ts';
import { SeededRandom } from '#base/random.ts';
import { allocationOf } from './allocation.ts';
import { pickDevices } from './allocator.ts';
import { PoolIndex } from './pools.ts';
import { AllocationError, planClaim } from './requests.ts';
import { Usage } from './usage.ts';

const driver = 'd.example.com';
const node = { name: 'n', labels: { zone: 'z' } };

const classes: readonly DeviceClass[] = [
  { apiVersion: '', kind: '', metadata: { name: 'any' }, spec: {} },
  {
    apiVersion: '',
    kind: '',
    metadata: { name: 'big' },
    spec: {
      selectors: [{ cel: { expression: `device.attributes["${driver}"].size > 4` } }],
      config: [{ opaque: { driver, parameters: { of: 'class' } } }],
    },
  },
];

let made = 0;
function sliceOf(devices: readonly Device[], spec: Partial<ResourceSliceSpec> = {}): ResourceSlice {
  const pool = { name: 'p', generation: 1, resourceSliceCount: 1 };
  return {
    apiVersion: '',
    kind: '',
    metadata: { name: `slice-${made++}` },
    spec: { driver, pool, nodeName: 'n', devices: [...devices], ...spec },
  };
}

function claimOf(devices: DeviceClaim, name = 'c'): ResourceClaim {
  return {
    apiVersion: '',
    kind: '',
    metadata: { namespace: 'default', name, uid: name },
    spec: { devices },
  };
}

const request = (name: string, exactly: Partial<ExactDeviceRequest> = {}): DeviceRequest => ({
  name,
  exactly: { deviceClassName: 'any', ...exactly },
});

/** The allocations of the claims, or what is wrong. */
function allocate(
  claims: readonly DeviceClaim[],
  slices: readonly ResourceSlice[],
  inUse: Usage = new Usage([]),
) {
  const plans = claims.map((claim, i) =>
    planClaim(claimOf(claim, `c${i}`), name => classes.find(({ metadata }) => metadata.name === name)),
  );
  const picks = pickDevices(plans, node, new PoolIndex(slices), inUse);
  if (!picks) return undefined;
  const context = { random: new SeededRandom(1), now: '2026-01-01T00:00:00Z' };
  return plans.map(plan =>
    allocationOf(
      plan,
      picks.filter(pick => pick.plan === plan),
      node.name,
      context,
    ),
  );
}

/** The devices of the claims: 'request:device'. */
function devices(claims: readonly DeviceClaim[], slices: readonly ResourceSlice[], inUse?: Usage) {
  return allocate(claims, slices, inUse)?.map(({ devices: got }) =>
    got!.results!.map(({ request: name, device }) => `${name}:${device}`).join(' '),
  );
}

const used = (...names: readonly string[]) =>
  new Usage([{ devices: { results: names.map(device => ({ request: 'r', driver, pool: 'p', device })) } }]);
const sized = (name: string, size: number): Device => ({ name, attributes: { size: { int: size } } });

test('a request gets as many devices as it asks for, none that another has', () => {
  const slices = [sliceOf([{ name: 'a' }, { name: 'b' }, { name: 'c' }])];
  assert.deepEqual(devices([{ requests: [request('r', { count: 2 })] }], slices), ['r:a r:b']);
  assert.deepEqual(devices([{ requests: [request('r', { count: 2 })] }], slices, used('a')), ['r:b r:c']);
  assert.equal(devices([{ requests: [request('r', { count: 2 })] }], slices, used('a', 'c')), undefined);
  assert.deepEqual(
    devices([{ requests: [request('r')] }, { requests: [request('s'), request('t')] }], slices),
    ['r:a', 's:b t:c'],
  );
});

test('classes and requests select, and what was taken first is given back where the rest would get nothing', () => {
  const slices = [sliceOf([sized('large', 8), sized('small', 2)])];
  const small = { selectors: [{ cel: { expression: `device.attributes["${driver}"].size < 4` } }] };
  assert.deepEqual(devices([{ requests: [request('r', { deviceClassName: 'big' })] }], slices), ['r:large']);
  assert.equal(
    devices([{ requests: [request('r', { deviceClassName: 'big', ...small })] }], slices),
    undefined,
  );
  assert.deepEqual(
    devices([{ requests: [request('r'), request('s', { deviceClassName: 'big' })] }], slices),
    ['r:small s:large'],
  );
  assert.throws(
    () => devices([{ requests: [request('r', { deviceClassName: 'big' })] }], [sliceOf([{ name: 'a' }])]),
    new AllocationError('class big: selector #0: CEL runtime error: no such key: size'),
  );
});

test('all devices are what there are on the node, if none of them is taken and none is about to come', () => {
  const all = [{ requests: [request('r', { allocationMode: 'All' })] }];
  const two = [{ name: 'a' }, { name: 'b' }];
  assert.deepEqual(devices(all, [sliceOf(two)]), ['r:a r:b']);
  assert.equal(devices(all, [sliceOf(two)], used('b')), undefined);
  assert.equal(devices(all, []), undefined);
  const pool = { name: 'p', generation: 2, resourceSliceCount: 2 };
  assert.throws(
    () => devices(all, [sliceOf(two, { pool })]),
    new AllocationError(
      `claim default/c0, request r: asks for all devices, but resource pool ${driver}/p is currently being updated`,
    ),
  );
});

test('only the newest generation of a pool counts, once it is there as a whole, and no pool of two equal names', () => {
  const claim = [{ requests: [request('r')] }];
  const newer = { name: 'p', generation: 2, resourceSliceCount: 2 };
  const old = sliceOf([{ name: 'a' }]);
  const half = sliceOf([{ name: 'b' }], { pool: newer });
  assert.equal(devices(claim, [old, half]), undefined);
  assert.deepEqual(devices(claim, [old, half, sliceOf([], { pool: newer })]), ['r:b']);
  assert.throws(
    () => devices(claim, [sliceOf([{ name: 'a' }, { name: 'a' }])]),
    new AllocationError('invalid resource pools were encountered'),
  );
});

test('the first of the choices that can be had is taken', () => {
  const slices = [sliceOf([sized('small', 2), sized('large', 8)])];
  const firstAvailable = [
    { name: 'two-large', deviceClassName: 'big', count: 2 },
    { name: 'large', deviceClassName: 'big' },
    { name: 'any', deviceClassName: 'any' },
  ];
  const claim = { requests: [{ name: 'r', firstAvailable }] };
  assert.deepEqual(devices([claim], slices), ['r/large:large']);
  assert.deepEqual(devices([claim], slices, used('large')), ['r/any:small']);
  assert.equal(devices([claim], slices, used('large', 'small')), undefined);
});

test('constraints hold for all of the requests that they mean', () => {
  const on = (name: string, bus: number): Device => ({ name, attributes: { bus: { int: bus } } });
  const slices = [sliceOf([on('a', 1), on('b', 2), on('c', 2), { name: 'd' }])];
  const requests = [request('r'), request('s')];
  const matchAttribute = `${driver}/bus`;
  assert.deepEqual(devices([{ requests, constraints: [{ matchAttribute }] }], slices), ['r:b s:c']);
  assert.deepEqual(
    devices([{ requests, constraints: [{ requests: ['s'], matchAttribute }] }], slices, used('a')),
    ['r:b s:c'],
  );
  assert.deepEqual(
    devices([{ requests, constraints: [{ distinctAttribute: matchAttribute }] }], slices, used('a', 'd')),
    undefined,
  );
});

test('taints keep devices from whoever does not tolerate them', () => {
  const tainted = (effect: string): Device => ({ name: 'a', taints: [{ key: 'k', value: 'v', effect }] });
  const claim = (exactly = {}) => [{ requests: [request('r', exactly)] }];
  const tolerations = [{ key: 'k', operator: 'Exists' }];
  for (const effect of ['NoSchedule', 'NoExecute']) {
    assert.equal(devices(claim(), [sliceOf([tainted(effect)])]), undefined);
    assert.deepEqual(devices(claim({ tolerations }), [sliceOf([tainted(effect)])]), ['r:a']);
  }
  assert.deepEqual(devices(claim(), [sliceOf([tainted('None')])]), ['r:a']);
});

test('whoever looks after devices may have those that others use, and takes none from them', () => {
  const slices = [sliceOf([{ name: 'a' }])];
  const admin = request('r', { adminAccess: true });
  const [allocation] = allocate([{ requests: [admin] }], slices, used('a'))!;
  assert.deepEqual(allocation!.devices!.results, [
    { request: 'r', driver, pool: 'p', device: 'a', adminAccess: true },
  ]);
  assert.equal(new Usage([allocation!]).has(`${driver}/p/a`), false);
  assert.equal(devices([{ requests: [admin, request('s', { adminAccess: true })] }], slices), undefined);
});

test('parts of one device are had as long as its counters reach', () => {
  const part = (name: string, value: string): Device => ({
    name,
    consumesCounters: [{ counterSet: 'gpu', counters: { memory: { value } } }],
  });
  const pool = { name: 'p', generation: 1, resourceSliceCount: 2 };
  const slices = [
    sliceOf([], { pool, sharedCounters: [{ name: 'gpu', counters: { memory: { value: '40Gi' } } }] }),
    sliceOf([part('whole', '40Gi'), part('half-0', '20Gi'), part('half-1', '20Gi')], { pool }),
  ];
  assert.deepEqual(devices([{ requests: [request('r')] }], slices), ['r:whole']);
  assert.deepEqual(devices([{ requests: [request('r', { count: 2 })] }], slices), ['r:half-0 r:half-1']);
  assert.deepEqual(devices([{ requests: [request('r')] }], slices, used('half-0')), ['r:half-1']);
  assert.equal(devices([{ requests: [request('r')] }], slices, used('whole')), undefined);
});

test('a device that is shared is had until its capacity is used up', () => {
  const requestPolicy = { default: '10', validRange: { min: '5', max: '60', step: '5' } };
  const shared: Device = {
    name: 'a',
    allowMultipleAllocations: true,
    capacity: { bandwidth: { value: '100', requestPolicy } },
  };
  const asking = (bandwidth?: string) =>
    request('r', bandwidth ? { capacity: { requests: { bandwidth } } } : {});
  const consumed = (bandwidth?: string, inUse?: Usage) =>
    allocate([{ requests: [asking(bandwidth)] }], [sliceOf([shared])], inUse)?.[0]?.devices?.results?.[0]
      ?.consumedCapacity?.bandwidth;
  assert.equal(consumed(), '10');
  assert.equal(consumed('1'), '5');
  assert.equal(consumed('51'), '55');
  assert.equal(consumed('61'), undefined);
  const [first] = allocate([{ requests: [asking('60')] }], [sliceOf([shared])])!;
  assert.match(first!.devices!.results![0]!.shareID!, /^[0-9a-f-]{36}$/);
  assert.equal(consumed('40', new Usage([first!])), '40');
  assert.equal(consumed('45', new Usage([first!])), undefined);
});

test('what is told of an allocation: parameters that mean it, and where its devices are', () => {
  const opaque = (of: string) => ({ opaque: { driver, parameters: { of } } });
  const zone = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['z'] }] };
  const spec = {
    nodeName: undefined,
    nodeSelector: { nodeSelectorTerms: [zone] },
  } as Partial<ResourceSliceSpec>;
  const claim = {
    requests: [
      request('r', { deviceClassName: 'big' }),
      { name: 's', firstAvailable: [{ name: 'x', deviceClassName: 'big' }] },
    ],
    config: [opaque('all'), { requests: ['s/x'], ...opaque('x') }, { requests: ['s/y'], ...opaque('y') }],
  };
  const [allocation] = allocate([claim], [sliceOf([sized('a', 8), sized('b', 8)], spec)])!;
  assert.deepEqual(allocation!.devices!.config, [
    { source: 'FromClass', requests: ['r', 's/x'], ...opaque('class') },
    { source: 'FromClaim', ...opaque('all') },
    { source: 'FromClaim', requests: ['s/x'], ...opaque('x') },
  ]);
  assert.deepEqual(allocation!.nodeSelector, { nodeSelectorTerms: [zone] });
  const everywhere = { nodeName: undefined, allNodes: true } as Partial<ResourceSliceSpec>;
  assert.equal(
    allocate([claim], [sliceOf([sized('a', 8), sized('b', 8)], everywhere)])![0]!.nodeSelector,
    undefined,
  );
  const elsewhere = { nodeName: 'other' };
  assert.equal(allocate([claim], [sliceOf([sized('a', 8), sized('b', 8)], elsewhere)]), undefined);
});
