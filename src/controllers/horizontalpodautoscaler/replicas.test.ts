import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { PodMetrics } from './metrics-client.ts';
import { podRequests } from './pod-groups.ts';
import { averageReplicas, sharedReplicas, utilizationReplicas, valueReplicas } from './replicas.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const tolerances = { scaleUp: 0.1, scaleDown: 0.1 };
const ago = (seconds: number) => toRfc3339(nowMs - seconds * 1000);

interface Facts {
  readonly cpu?: number;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly startedAgo?: number;
  readonly changedAgo?: number;
  readonly deleted?: boolean;
  readonly sampleAgo?: number;
}

/** A pod that asks for 1 CPU, grown up and ready where the facts do not say otherwise. */
function pod(name: string, facts: Facts): Pod {
  const { phase = 'Running', ready = true, startedAgo = 3600, changedAgo = 3500, deleted } = facts;
  const lastTransitionTime = ago(changedAgo);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(deleted ? { deletionTimestamp: ago(1) } : {}) },
    spec: { containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }] },
    status: {
      phase,
      startTime: ago(startedAgo),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }],
    },
  };
}

function world(all: readonly Facts[]): { pods: Pod[]; metrics: PodMetrics } {
  const samples = all.flatMap(({ cpu, sampleAgo = 10 }, i) =>
    cpu === undefined
      ? []
      : [[`p${i}`, { value: cpu, atMs: nowMs - sampleAgo * 1000, windowMs: 30_000 }] as const],
  );
  return { pods: all.map((facts, i) => pod(`p${i}`, facts)), metrics: new Map(samples) };
}

function utilization(all: readonly Facts[], target: number, current = all.length, tolerance = tolerances) {
  const { pods, metrics } = world(all);
  const requests = podRequests(pods, 'cpu', '');
  const options = { current, tolerances: tolerance, nowMs, resource: 'cpu', target, requests };
  return utilizationReplicas(pods, metrics, options);
}

test('utilization scales the pods that have samples', () => {
  assert.deepEqual(utilization([{ cpu: 300 }, { cpu: 500 }, { cpu: 700 }], 30), {
    replicas: 5,
    ratio: 50 / 30,
    usage: 500,
    utilization: 50,
  });
  assert.equal(
    utilization([{ cpu: 1010 }, { cpu: 1030 }, { cpu: 1020 }], 100).replicas,
    3,
    'within tolerance',
  );
  const exact = { scaleUp: 0.01, scaleDown: 0.1 };
  assert.equal(utilization([{ cpu: 1010 }, { cpu: 1030 }, { cpu: 1020 }], 100, 3, exact).replicas, 4);
  assert.equal(
    utilization([{ cpu: 100 }, { cpu: 300 }, { cpu: 500 }, { cpu: 250 }, { cpu: 250 }], 50).replicas,
    3,
  );
});

test('pods without a sample soften a change and never turn it round', () => {
  const missing = {};
  assert.equal(utilization([{ cpu: 1000 }, missing, missing, missing], 15).replicas, 7, 'idle on the way up');
  assert.equal(utilization([{ cpu: 100 }, missing], 50).replicas, 2, 'fully used on the way down');
  assert.equal(utilization([{ cpu: 400 }, missing, missing], 100).replicas, 3);
  assert.equal(
    utilization([{ cpu: 100 }, { cpu: 100 }, { cpu: 100 }, { cpu: 100 }, missing], 50).replicas,
    3,
  );
});

test('pods that start count as idle, and those that are gone not at all', () => {
  const starting = { cpu: 5000, startedAgo: 60, ready: false, changedAgo: 60 };
  assert.equal(utilization([{ cpu: 1000 }, starting, starting], 25).replicas, 4);
  const fresh = { cpu: 5000, startedAgo: 60, changedAgo: 20 };
  assert.equal(utilization([{ cpu: 1000 }, fresh], 30).replicas, 4, 'its window began before it was ready');
  const neverReady = { cpu: 5000, ready: false, startedAgo: 3600, changedAgo: 3590 };
  assert.equal(utilization([{ cpu: 900 }, neverReady], 100).replicas, 2, 'the other pod is at its target');
  const lostReady = { cpu: 1000, ready: false, changedAgo: 30 };
  assert.equal(utilization([{ cpu: 1000 }, lostReady], 50).replicas, 4, 'it was ready once');
  const pending = { phase: 'Pending', cpu: 5000 };
  const failed = { phase: 'Failed', cpu: 5000 };
  assert.equal(utilization([{ cpu: 500 }, pending, failed, { cpu: 5000, deleted: true }], 50, 1).replicas, 1);
});

test('what cannot be computed says why', () => {
  assert.throws(() => utilization([], 50), {
    message: 'no pods returned by selector while calculating replica count',
  });
  assert.throws(() => utilization([{ phase: 'Pending', cpu: 1 }], 50), {
    message: 'did not receive metrics for targeted pods (pods might be unready)',
  });
  const bare: Pod = { ...pod('p', {}), spec: { containers: [{ name: 'main' }] } };
  assert.throws(() => podRequests([bare], 'cpu', ''), {
    message: 'missing request for cpu in container main of Pod p',
  });
});

test('requests are those of the pod, or of its containers and sidecars', () => {
  const requests = (cpu: string) => ({ resources: { requests: { cpu } } });
  const spec = {
    containers: [{ name: 'main', ...requests('100m') }],
    initContainers: [
      { name: 'once', ...requests('1') },
      { name: 'side', restartPolicy: 'Always', ...requests('50m') },
    ],
  };
  const plain: Pod = { ...pod('plain', {}), spec };
  const whole: Pod = { ...pod('whole', {}), spec: { ...spec, ...requests('500m') } };
  assert.deepEqual([...podRequests([plain, whole], 'cpu', '').values()], [150, 500]);
  assert.deepEqual([...podRequests([plain, whole], 'cpu', 'side').values()], [50, 50]);
});

test('averages and single values', () => {
  const { pods, metrics } = world([{ cpu: 20 }, { cpu: 10 }, { cpu: 10 }]);
  const options = { current: 3, tolerances, nowMs, resource: '' };
  assert.equal(averageReplicas(pods, metrics, { ...options, target: 5 }).replicas, 8);
  assert.equal(averageReplicas(pods, metrics, { ...options, target: 13 }).replicas, 3);
  assert.deepEqual(valueReplicas(pods, 40, { target: 20, current: 3, tolerances }), {
    usage: 40,
    replicas: 6,
  });
  assert.deepEqual(valueReplicas([], 40, { target: 20, current: 0, tolerances }), { usage: 40, replicas: 2 });
  assert.throws(
    () => valueReplicas([], 40, { target: 20, current: 1, tolerances }),
    /unable to calculate ready pods/,
  );
  assert.deepEqual(sharedReplicas(10, { target: 3, current: 2, tolerances }), { usage: 5, replicas: 4 });
  assert.deepEqual(sharedReplicas(10, { target: 5, current: 2, tolerances }), { usage: 5, replicas: 2 });
});
