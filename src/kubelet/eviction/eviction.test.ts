import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { completeSettings, type KubeletSettings, nodePolicy } from '../config/settings.ts';
import type { Pod } from '../types.ts';
import { mayJoin, refusal } from './admission.ts';
import { evictionText } from './message.ts';
import { look, noPressure } from './pressure.ts';
import { type Candidate, type PodUse, rankForEviction } from './rank.ts';
import type { Observation, Observations, Pressure, Signal } from './signals.ts';
import { thresholdsMet } from './thresholds.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

const policyOf = (settings: KubeletSettings) => nodePolicy(completeSettings(settings));
const thresholdsOf = (settings: KubeletSettings) => policyOf(settings).thresholds;
const seen = (observed: Partial<Record<Signal, Observation>>): Observations =>
  new Map(Object.entries(observed) as [Signal, Observation][]);
const disk = (available: number, capacity = 100 * GiB) => ({ available, capacity });

describe('thresholds', () => {
  test('a map that is there stands alone, unless it is merged with what is usual', () => {
    const signalsOf = (settings: KubeletSettings) => thresholdsOf(settings).map(({ signal }) => signal);
    const usual = [
      'memory.available',
      'nodefs.available',
      'nodefs.inodesFree',
      'imagefs.available',
      'imagefs.inodesFree',
    ];
    assert.deepEqual(signalsOf({}), usual);
    assert.deepEqual(signalsOf({ evictionHard: { 'pid.available': '10' } }), ['pid.available']);
    const merged = { evictionHard: { 'nodefs.available': '0%' }, mergeDefaultEvictionSettings: true };
    assert.deepEqual(
      signalsOf(merged),
      usual.filter(signal => signal !== 'nodefs.available'),
    );
  });

  for (const [settings, message] of [
    [{ evictionHard: { 'disk.available': '1' } }, 'unsupported eviction signal disk.available'],
    [
      { evictionHard: { 'nodefs.available': '101%' } },
      'eviction percentage threshold nodefs.available must be <= 100%: 101%',
    ],
    [
      { evictionHard: { 'memory.available': '-1Mi' } },
      'eviction threshold memory.available must be positive: -1Mi',
    ],
    [
      { evictionSoft: { 'memory.available': '1Gi' } },
      'grace period must be specified for the soft eviction threshold memory.available',
    ],
    [
      {
        evictionSoft: { 'memory.available': '1Gi' },
        evictionSoftGracePeriod: { 'memory.available': '-1s' },
      },
      'invalid eviction grace period specified: -1s, must be a positive value',
    ],
    [
      { imageGCHighThresholdPercent: 80 },
      'invalid configuration: imageGCLowThresholdPercent (--image-gc-low-threshold) 80 must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) 80',
    ],
    [
      { imageMaximumGCAge: '1m' },
      'invalid configuration: imageMaximumGCAge 1m must be greater than imageMinimumGCAge 2m0s',
    ],
  ] as const) {
    test(`refused: ${message}`, () => assert.throws(() => policyOf(settings), { message }));
  }

  for (const [value, available, reclaim, met] of [
    ['10%', 10 * GiB + 200, undefined, false],
    ['10%', 10 * GiB - 1, undefined, true],
    ['5Gi', 5 * GiB, undefined, false],
    ['5Gi', 5 * GiB - 1, undefined, true],
    ['5Gi', 5 * GiB, '1Gi', true],
    ['5Gi', 6 * GiB, '1Gi', false],
    ['5Gi', 14 * GiB, '10%', true],
  ] as const) {
    test(`of 100Gi, ${available} left, less than ${value} and ${reclaim ?? 'nothing'} to reclaim: ${met}`, () => {
      const thresholds = thresholdsOf({
        evictionHard: { 'nodefs.available': value },
        evictionMinimumReclaim: reclaim ? { 'nodefs.available': reclaim } : {},
      });
      const observations = seen({ 'nodefs.available': disk(available) });
      assert.equal(thresholdsMet(thresholds, observations, true).length, met ? 1 : 0);
    });
  }

  test('what nobody observes is no reason', () => {
    assert.deepEqual(thresholdsMet(thresholdsOf({}), new Map(), false), []);
  });
});

test('pressure comes at once, something is done after the grace period, and it stays for the transition period', () => {
  const policy = policyOf({
    evictionHard: { 'nodefs.available': '1Gi' },
    evictionSoft: { 'memory.available': '1Gi' },
    evictionSoftGracePeriod: { 'memory.available': '30s' },
    evictionMinimumReclaim: { 'nodefs.available': '1Gi' },
    evictionPressureTransitionPeriod: '60s',
  });
  const script = [
    [0, 2, 5, [], []],
    [10, 0.5, 5, ['MemoryPressure'], []],
    [39, 0.5, 5, ['MemoryPressure'], []],
    [40, 0.5, 0.5, ['MemoryPressure', 'DiskPressure'], ['memory.available', 'nodefs.available']],
    // Above the threshold, but not by what is to be reclaimed.
    [50, 2, 1.5, ['MemoryPressure', 'DiskPressure'], ['nodefs.available']],
    [60, 2, 2, ['MemoryPressure', 'DiskPressure'], []],
    [100, 2, 1.5, ['DiskPressure'], []],
    [110, 2, 2, [], []],
    // The grace period begins anew.
    [120, 0.5, 2, ['MemoryPressure'], []],
  ] as const;
  let state = noPressure;
  for (const [seconds, memoryGiB, diskGiB, pressures, due] of script) {
    const observations = seen({
      'memory.available': disk(memoryGiB * GiB, 8 * GiB),
      'nodefs.available': disk(diskGiB * GiB),
    });
    const next = look(state, policy, observations, seconds * 1_000);
    state = next.state;
    assert.deepEqual(
      [seconds, next.pressures, next.due.map(({ signal }) => signal)],
      [seconds, pressures, due],
    );
  }
});

type Spec = Partial<NonNullable<Pod['spec']>>;

function podOf(name: string, spec: Spec = {}, annotations: Record<string, string> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, uid: name, annotations },
    spec: { containers: [{ name: 'main' }], ...spec },
  };
}

const asking = (requests: Record<string, string>): Spec => ({
  containers: [{ name: 'main', resources: { requests } }],
});

function using(parts: {
  memory?: number;
  layer?: number;
  logs?: number;
  volumes?: number;
  processes?: number;
}) {
  const { memory = 0, layer = 0, logs = 0, volumes = 0, processes = 0 } = parts;
  const use: PodUse = {
    containers: [{ name: 'main', memoryBytes: memory, layer, logs }],
    volumes,
    processes,
  };
  return use;
}

describe('who is evicted first', () => {
  const order = (signal: Signal, candidates: readonly Candidate[], ownImageDisk = false) =>
    rankForEviction(signal, candidates, ownImageDisk)
      .map(({ pod }) => pod.metadata.name)
      .join(' ');

  test('who uses more memory than it asked for, by priority, then by how much more', () => {
    const candidates = [
      { pod: podOf('modest', { ...asking({ memory: '1Gi' }), priority: 0 }), use: using({ memory: GiB }) },
      { pod: podOf('greedy', asking({ memory: '1Gi' })), use: using({ memory: 1.5 * GiB }) },
      { pod: podOf('effortless'), use: using({ memory: GiB }) },
      { pod: podOf('precious', { priority: 100 }), use: using({ memory: 4 * GiB }) },
      { pod: podOf('unknown', { priority: 1_000 }) },
      { pod: podOf('frugal', asking({ memory: '2Gi' })), use: using({ memory: GiB }) },
    ];
    assert.equal(order('memory.available', candidates), 'unknown effortless greedy precious modest frugal');
  });

  test('by what is on the disk that is full', () => {
    const candidates = [
      { pod: podOf('layer'), use: using({ layer: 3 * MiB }) },
      { pod: podOf('volume'), use: using({ volumes: 2 * MiB }) },
      { pod: podOf('log'), use: using({ logs: MiB }) },
      { pod: podOf('asked', asking({ 'ephemeral-storage': '8Mi' })), use: using({ volumes: 8 * MiB }) },
    ];
    assert.equal(order('nodefs.available', candidates), 'layer volume log asked');
    assert.equal(order('nodefs.available', candidates, true), 'volume log layer asked');
    assert.equal(order('imagefs.available', candidates, true), 'layer volume log asked');
  });

  test('of processes by priority and number', () => {
    const candidates = [
      { pod: podOf('few'), use: using({ processes: 1 }) },
      { pod: podOf('many'), use: using({ processes: 9 }) },
      { pod: podOf('precious', { priority: 1 }), use: using({ processes: 99 }) },
    ];
    assert.equal(order('pid.available', candidates), 'many few precious');
  });
});

describe('what an evicted pod is told', () => {
  const thresholds = thresholdsOf({
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '10%', 'nodefs.inodesFree': '1k' },
  });
  const observations = seen({
    'memory.available': disk(50 * MiB, 8 * GiB),
    'nodefs.available': disk(5 * GiB),
    'nodefs.inodesFree': disk(500, 10_000),
  });

  test('what it used, and what it asked for', () => {
    const greedy = { pod: podOf('greedy', asking({ memory: '64Mi' })), use: using({ memory: 100 * MiB }) };
    assert.deepEqual(evictionText('memory', greedy, thresholds, observations), {
      message:
        'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
        'Container main was using 100Mi, request is 64Mi, has larger consumption of memory. ',
      annotations: {
        offending_containers: 'main',
        offending_containers_usage: '100Mi',
        starved_resource: 'memory',
      },
    });
  });

  test('as a whole, where it asked so', () => {
    const spec = { ...asking({}), resources: { requests: { memory: '1Gi' } } };
    const candidate = { pod: podOf('whole', spec), use: using({ memory: 2 * GiB }) };
    const { message, annotations } = evictionText('memory', candidate, thresholds, observations);
    assert.match(
      message,
      / Pod whole was using 2Gi, request is 1Gi, has larger consumption of memory\. Container main /,
    );
    assert.equal(annotations.offending_pod_usage, '2Gi');
  });

  test('a share of the disk in bytes, and nothing of who keeps to what it asked for', () => {
    const candidate = { pod: podOf('p', asking({ 'ephemeral-storage': '1Gi' })), use: using({ logs: MiB }) };
    assert.equal(
      evictionText('ephemeral-storage', candidate, thresholds, observations).message,
      'The node was low on resource: ephemeral-storage. Threshold quantity: 10737418400, available: 5Gi. ',
    );
    assert.equal(
      evictionText('inodes', candidate, thresholds, observations).message,
      'The node was low on resource: inodes. Threshold quantity: 1k, available: 500. ',
    );
  });
});

test('a node that is short of something takes critical pods alone, and without memory those that ask for some', () => {
  const tolerant = {
    tolerations: [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }],
  };
  const pods = {
    effortless: podOf('p'),
    tolerant: podOf('p', tolerant),
    burstable: podOf('p', asking({ memory: '1Mi' })),
    critical: podOf('p', { priority: 2_000_000_000 }),
    static: podOf('p', {}, { 'kubernetes.io/config.source': 'file' }),
  };
  const taken = (...pressures: Pressure[]) =>
    Object.entries(pods)
      .filter(([, pod]) => mayJoin(pod, pressures))
      .map(([name]) => name)
      .join(' ');
  assert.equal(taken(), 'effortless tolerant burstable critical static');
  assert.equal(taken('MemoryPressure'), 'tolerant burstable critical static');
  assert.equal(taken('DiskPressure'), 'critical static');
  assert.equal(taken('PIDPressure'), 'critical static');
  assert.equal(taken('MemoryPressure', 'DiskPressure'), 'critical static');
  assert.equal(
    refusal(['MemoryPressure', 'DiskPressure']),
    'The node had condition: [MemoryPressure DiskPressure]. ',
  );
});
