import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerStatus, Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { leastActiveFirst, podsToDelete } from './pod-ranking.ts';

const nowMs = Date.parse('2026-01-31T12:00:00Z');
const hour = 3_600_000;
const ago = (ms: number | undefined) => (ms === undefined ? undefined : toRfc3339(nowMs - ms));

interface Facts {
  readonly node?: string;
  readonly phase?: string;
  /** How long it has been ready; null: for nobody knows how long. */
  readonly ready?: number | null;
  readonly age?: number;
  readonly restarts?: number;
  readonly sidecarRestarts?: number;
  readonly cost?: string;
  readonly uid?: string;
}

const restarted = (name: string, restartCount = 0) => ({ name, restartCount }) as ContainerStatus;

function pod(name: string, facts: Facts): Pod {
  const { node = 'node', phase = 'Running', ready, age, restarts, sidecarRestarts, cost, uid = '' } = facts;
  const lastTransitionTime = ago(ready ?? undefined);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, uid, creationTimestamp: ago(age) },
      ...(cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } } : {}),
    },
    spec: {
      ...(node ? { nodeName: node } : {}),
      containers: [],
      initContainers: [{ name: 'once' }, { name: 'side', restartPolicy: 'Always' }],
    },
    status: {
      phase,
      ...(ready === undefined ? {} : { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] }),
      containerStatuses: [restarted('main', restarts), restarted('other')],
      initContainerStatuses: [restarted('once', 99), restarted('side', sidecarRestarts)],
    },
  };
}

/** The first pod of the two goes first, whichever way round they come. */
function goesFirst(first: Facts, second: Facts, related: readonly Facts[] = []) {
  const [a, b] = [pod('first', first), pod('second', second)];
  const others = related.map(facts => pod('other', facts));
  for (const pods of [
    [a, b],
    [b, a],
  ]) {
    const [gone] = podsToDelete(pods, others, 1, nowMs);
    assert.equal(gone!.metadata.name, 'first', JSON.stringify([first, second]));
  }
}

test('pods that have come least far go first', () => {
  const stages: Facts[] = [
    { node: '', phase: 'Pending' },
    { phase: 'Pending' },
    { phase: 'Unknown' },
    {},
    { ready: null },
    { ready: 0, age: 0, restarts: 9001 },
    { ready: 0, age: 0 },
    { ready: 0, age: 700 * hour },
    { ready: 700 * hour, age: 700 * hour },
  ];
  for (const [i, stage] of stages.slice(1).entries()) goesFirst(stages[i]!, stage);
  const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).join();
  const exact = stages.map((facts, i) => pod(String(i), facts));
  assert.equal(names(leastActiveFirst(exact.toReversed())), '0,1,2,3,4,5,6,7,8');
});

test('what a pod costs counts before its neighbours, and those before its age', () => {
  const ready = { ready: hour, age: hour };
  goesFirst({ ...ready, cost: '10', node: 'a' }, { ...ready, cost: '100', node: 'b' }, [{ node: 'b' }]);
  goesFirst({ ...ready, cost: '-1' }, ready);
  goesFirst({ ...ready, cost: '-1' }, { ...ready, cost: '-5x' });
  const old = { ready: 700 * hour, age: 700 * hour };
  goesFirst({ ...old, node: 'a' }, { ...ready, node: 'b' }, [{ node: 'a' }, { node: 'a' }, { node: 'b' }]);
  goesFirst({ phase: 'Pending' }, { ...ready, cost: '-9' });
});

test('ages of one power of two are equal, and the uid decides', () => {
  goesFirst({ ready: 2 * hour, age: 2 * hour, uid: 'b' }, { ready: 5 * hour, age: 2 * hour, uid: 'a' });
  goesFirst({ ready: 8 * hour, age: hour, uid: 'a' }, { ready: 5 * hour, age: hour, uid: 'b' });
});

test('of pods whose containers restarted as often, the one with the worse sidecar goes', () => {
  const ready = { ready: hour, age: hour };
  goesFirst({ ...ready, sidecarRestarts: 2 }, { ...ready, sidecarRestarts: 1 });
  goesFirst({ ...ready, restarts: 1 }, { ...ready, sidecarRestarts: 5 });
});
