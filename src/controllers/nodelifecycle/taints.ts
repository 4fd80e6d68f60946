/** The taints that a node's conditions call for. */
import type { Node, Taint } from '#api/generated/types/core.v1.ts';
import { findCondition } from '../shared/conditions.ts';

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';
const unschedulableTaint = 'node.kubernetes.io/unschedulable';

const byCondition: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: notReadyTaint, Unknown: unreachableTaint },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const managedKeys = new Set([
  unschedulableTaint,
  ...Object.values(byCondition).flatMap(statuses => Object.values(statuses)),
]);

export function readyStatus(node: Node): string {
  return findCondition(node.status?.conditions, 'Ready')?.status ?? 'Unknown';
}

/** Evictions from a node in trouble: those that go on may go on, new ones may `begin`, or all `stop`. */
export type Evictions = 'wait' | 'begin' | 'stop';

/** The node has a NoExecute taint for its trouble. */
export function isEvicting({ spec }: Node): boolean {
  return (spec?.taints ?? []).some(
    ({ key, effect }) => effect === 'NoExecute' && (key === notReadyTaint || key === unreachableTaint),
  );
}

/** The node's taints as they should be; undefined: they are so already. */
export function taintsFor(node: Node, evictions: Evictions, now: string): Taint[] | undefined {
  const before = node.spec?.taints ?? [];
  const wanted = [...noScheduleTaints(node), ...noExecuteTaints(node, evictions)];
  const kept = before.filter(taint => !isManaged(taint) || wanted.some(other => sameTaint(other, taint)));
  const added = wanted.filter(taint => !before.some(other => sameTaint(other, taint)));
  if (added.length === 0 && kept.length === before.length) return undefined;
  return [...kept, ...added.map(taint => ({ ...taint, timeAdded: now }))];
}

function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

function isManaged({ key, effect }: Taint): boolean {
  if (effect === 'NoSchedule') return managedKeys.has(key);
  return effect === 'NoExecute' && (key === notReadyTaint || key === unreachableTaint);
}

function noScheduleTaints(node: Node): Taint[] {
  const keys = (node.status?.conditions ?? []).map(({ type, status }) =>
    Object.hasOwn(byCondition, type) ? byCondition[type]![status] : undefined,
  );
  if (node.spec?.unschedulable) keys.push(unschedulableTaint);
  return keys.filter(key => key !== undefined).map(key => ({ key, effect: 'NoSchedule' }));
}

function noExecuteTaints(node: Node, evictions: Evictions): Taint[] {
  const status = readyStatus(node);
  const isKnown = findCondition(node.status?.conditions, 'Ready') !== undefined;
  if (status === 'True' || !isKnown || evictions === 'stop') return [];
  if (evictions === 'wait' && !isEvicting(node)) return [];
  return [{ key: status === 'False' ? notReadyTaint : unreachableTaint, effect: 'NoExecute' }];
}
