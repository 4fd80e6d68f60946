/** How many replicas a metric calls for (upstream's ReplicaCalculator). Values are in thousandths. */
import type { Pod } from '#api/generated/types/core.v1.ts';
import { isPodReady } from '../shared/pods.ts';
import type { PodMetrics } from './metrics-client.ts';
import { groupPods, type PodGroups } from './pod-groups.ts';

/** How far the ratio of use to target may be from 1 without a change. (KEP-4951) */
export interface Tolerances {
  readonly scaleUp: number;
  readonly scaleDown: number;
}

export interface Replicas {
  readonly replicas: number;
  /** The average use. */
  readonly usage: number;
  /** The use in per cent of what was asked for, for targets of utilization. */
  readonly utilization?: number;
}

function isWithin({ scaleUp, scaleDown }: Tolerances, ratio: number): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
}

interface Ratio {
  readonly ratio: number;
  readonly usage: number;
  readonly utilization?: number;
}

type Uses = ReadonlyMap<string, number>;

interface PodTarget {
  readonly current: number;
  readonly tolerances: Tolerances;
  readonly nowMs: number;
  readonly resource: string;
  /** What the pods' uses come to. */
  readonly ratio: (uses: Uses) => Ratio;
  /** What a pod without a sample is taken to use when pods are to go. */
  readonly fallback: (pod: string) => number;
  /** Pods without a sample count as idle at a ratio of exactly 1, too. */
  readonly idleAtTarget: boolean;
}

/** The target is a percentage of the pods' requests. */
export function utilizationReplicas(
  pods: readonly Pod[],
  metrics: PodMetrics,
  options: Pick<PodTarget, 'current' | 'tolerances' | 'nowMs' | 'resource'> & {
    readonly target: number;
    readonly requests: Uses;
  },
): Replicas {
  const { target, requests } = options;
  const ratio = (uses: Uses) => utilizationRatio(uses, requests, target);
  const fallback = (pod: string) => Math.trunc(((requests.get(pod) ?? 0) * Math.max(100, target)) / 100);
  return podReplicas(pods, metrics, { ...options, ratio, fallback, idleAtTarget: false });
}

/** The target is an average of the pods' values. */
export function averageReplicas(
  pods: readonly Pod[],
  metrics: PodMetrics,
  options: Pick<PodTarget, 'current' | 'tolerances' | 'nowMs' | 'resource'> & { readonly target: number },
): Replicas {
  const ratio = (uses: Uses): Ratio => {
    const usage = Math.trunc(sum(uses.values()) / uses.size);
    return { ratio: usage / options.target, usage };
  };
  return podReplicas(pods, metrics, {
    ...options,
    ratio,
    fallback: () => options.target,
    idleAtTarget: true,
  });
}

function podReplicas(pods: readonly Pod[], metrics: PodMetrics, target: PodTarget): Replicas {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  const groups = groupPods(pods, metrics, target.resource, target.nowMs);
  const left = new Set([...groups.ignored, ...groups.unready]);
  const uses = new Map(
    [...metrics].filter(([name]) => !left.has(name)).map(([name, { value }]) => [name, value]),
  );
  if (uses.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  const measured = target.ratio(uses);
  return { ...measured, replicas: replicasFor(measured.ratio, uses, groups, target) };
}

function replicasFor(ratio: number, uses: Map<string, number>, groups: PodGroups, target: PodTarget): number {
  const { current, tolerances } = target;
  const rebalances = groups.unready.length > 0 && ratio > 1;
  if (!rebalances && groups.missing.length === 0) {
    return isWithin(tolerances, ratio) ? current : Math.ceil(ratio * groups.ready);
  }
  if (ratio < 1) for (const name of groups.missing) uses.set(name, target.fallback(name));
  else if (ratio > 1 || target.idleAtTarget) for (const name of groups.missing) uses.set(name, 0);
  if (rebalances) for (const name of groups.unready) uses.set(name, 0);
  const assumed = target.ratio(uses).ratio;
  // What is only assumed may soften a change, and never turn it round.
  const turns = (ratio < 1 && assumed > 1) || (ratio > 1 && assumed < 1);
  if (turns || isWithin(tolerances, assumed)) return current;
  const replicas = Math.ceil(assumed * uses.size);
  return (assumed < 1 && replicas > current) || (assumed > 1 && replicas < current) ? current : replicas;
}

function utilizationRatio(uses: Uses, requests: Uses, target: number): Ratio {
  const known = [...uses].filter(([name]) => requests.has(name));
  const used = sum(known.map(([, use]) => use));
  const requested = sum(known.map(([name]) => requests.get(name)!));
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target, utilization, usage: Math.trunc(used / known.length) };
}

/** One value for all pods: the ready ones are scaled by its ratio to the target. */
export function valueReplicas(
  pods: readonly Pod[],
  value: number,
  { target, current, tolerances }: { target: number; current: number; tolerances: Tolerances },
): Replicas {
  const ratio = value / target;
  if (current === 0) return { usage: value, replicas: Math.ceil(ratio) };
  if (isWithin(tolerances, ratio)) return { usage: value, replicas: current };
  if (pods.length === 0) {
    const text = 'no pods returned by selector while calculating replica count';
    throw new Error(`unable to calculate ready pods: ${text}`);
  }
  const ready = pods.filter(pod => pod.status?.phase === 'Running' && isPodReady(pod)).length;
  return { usage: value, replicas: Math.ceil(ratio * ready) };
}

/** One value, which the replicas that there are share. */
export function sharedReplicas(
  value: number,
  { target, current, tolerances }: { target: number; current: number; tolerances: Tolerances },
): Replicas {
  const replicas = isWithin(tolerances, value / (target * current)) ? current : Math.ceil(value / target);
  return { replicas, usage: current === 0 ? 0 : Math.ceil(value / current) };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
