import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonSet } from '#api/generated/types/apps.v1.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { revisionHashLabel } from '../shared/revisions.ts';
import { DaemonBoard } from './board.ts';
import { type DaemonTerms, planDaemons } from './plan.ts';

const count = 1000;
const startMs = Date.parse('2026-01-01T00:00:00Z');
const nodes = new Map(
  Array.from({ length: count }, (_, i): [string, Node] => [
    `node-${i}`,
    { metadata: { name: `node-${i}` } } as unknown as Node,
  ]),
);
const known = { get: (name: string) => nodes.get(name), names: () => nodes.keys() };

function terms(generation: number, minReadySeconds = 0): DaemonTerms {
  const rollingUpdate = { maxUnavailable: '10%' };
  const spec = {
    selector: { matchLabels: { app: 'agent' } },
    ...{ minReadySeconds, updateStrategy: { type: 'RollingUpdate', rollingUpdate } },
    template: { spec: {} },
  };
  return { set: { metadata: { generation }, spec } as unknown as DaemonSet, hash: `v${generation}` };
}

function podOn(node: string, hash: string, labels: object = { app: 'agent' }): Pod {
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: new Date(startMs).toISOString() };
  return {
    metadata: {
      name: `${node}-${hash}`,
      uid: `${node}-${hash}`,
      labels: { ...labels, [revisionHashLabel]: hash },
    },
    spec: { nodeName: node },
    status: { phase: 'Running', conditions: [ready] },
  } as unknown as Pod;
}

function filled(hash: string): DaemonBoard {
  const board = new DaemonBoard();
  for (const name of nodes.keys()) board.setPod(podOn(name, hash));
  return board;
}

test('a change of one pod or node has one place looked at, however many there are', () => {
  const board = filled('v1');
  assert.equal(board.refresh(terms(1), known, startMs), count);
  assert.equal(board.refresh(terms(1), known, startMs), 0);
  board.deletePod(podOn('node-7', 'v1'));
  assert.equal(board.refresh(terms(1), known, startMs), 1);
  assert.deepEqual(
    [...board.open].map(({ name }) => name),
    ['node-7'],
  );
  board.nodeChanged('node-8');
  assert.equal(board.refresh(terms(1), known, startMs), 1);
  assert.deepEqual(
    { ...board.sums },
    { ...board.sums, desired: count, current: count - 1, available: count - 1 },
  );
  assert.equal(board.refresh(terms(2), known, startMs), count, 'another template is about all of them');
});

test('an update leaves the places that have the new pod', () => {
  const board = filled('v1');
  board.refresh(terms(2), known, startMs);
  const plan = () => planDaemons({ ...terms(2), places: board, isBackedOff: () => false });
  const first = plan();
  assert.equal(first.remove.length, count / 10);
  for (const pod of first.remove) board.deletePod(pod);
  board.refresh(terms(2), known, startMs);
  const second = plan();
  assert.deepEqual([second.create.length, second.remove.length], [count / 10, 0]);
  for (const name of second.create) board.setPod(podOn(name, 'v2'));
  assert.equal(board.refresh(terms(2), known, startMs), count / 10);
  assert.deepEqual([[...board.open].length, [...board.outdated].length], [0, (count * 9) / 10]);
  assert.equal(board.sums.updated, count / 10);
});

test('pods become available by mere waiting, and those that the selector does not match take no place', () => {
  const board = filled('v1');
  assert.equal(board.refresh(terms(1, 30), known, startMs), count);
  assert.deepEqual([board.sums.available, board.ripeAtMs], [0, startMs + 30_000]);
  assert.equal(board.refresh(terms(1, 30), known, startMs + 30_000), count);
  assert.deepEqual([board.sums.available, board.ripeAtMs], [count, undefined]);
  board.setPod(podOn('node-3', 'v1', { app: 'other' }), podOn('node-3', 'v1'));
  board.refresh(terms(1, 30), known, startMs + 30_000);
  assert.deepEqual(
    board.strays().map(({ metadata }) => metadata.name),
    ['node-3-v1'],
  );
  assert.deepEqual(
    [...board.open].map(({ name }) => name),
    ['node-3'],
  );
});
