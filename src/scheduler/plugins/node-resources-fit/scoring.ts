/** Scores of how full a node would be with the pod on it. */
import type { NodeInfo } from '../../framework/node-info.ts';
import { maxNodeScore } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { amountOf } from '../../framework/resources.ts';

export interface ScoredResource {
  readonly name: string;
  readonly weight: number;
}

export interface ScoringStrategy {
  readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  /** Default: CPU and memory, each with weight 1. */
  readonly resources?: readonly ScoredResource[];
  /** For RequestedToCapacityRatio: scores (0 to 10) at utilisations (0 to 100), rising; straight lines between. */
  readonly shape?: readonly { readonly utilization: number; readonly score: number }[];
}

export const defaultResources: readonly ScoredResource[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

export type Scorer = (pod: PodInfo, node: NodeInfo) => number;

/** Requested and allocatable amount of a resource with the pod on the node, as scores count them. */
export function allocation(
  pod: PodInfo,
  node: NodeInfo,
  resource: string,
): { requested: number; allocatable: number } {
  const allocatable = amountOf(node.allocatable, resource);
  const assumed = resource === 'cpu' || resource === 'memory';
  const requested = assumed
    ? amountOf(node.scoringRequested, resource) + amountOf(pod.scoringRequests, resource)
    : amountOf(node.requested, resource) + amountOf(pod.requests, resource);
  return { requested, allocatable };
}

type Curve = (requested: number, allocatable: number) => number;

const curves: Readonly<Record<'LeastAllocated' | 'MostAllocated', Curve>> = {
  LeastAllocated: (requested, allocatable) =>
    requested > allocatable ? 0 : Math.floor(((allocatable - requested) * maxNodeScore) / allocatable),
  MostAllocated: (requested, allocatable) =>
    Math.floor((Math.min(requested, allocatable) * maxNodeScore) / allocatable),
};

function ratioCurve(shape: ScoringStrategy['shape'] = []): Curve {
  const points = shape.map(({ utilization, score }) => ({ x: utilization, y: score * 10 }));
  return (requested, allocatable) => {
    const x = requested > allocatable ? 100 : Math.floor((requested * 100) / allocatable);
    const after = points.findIndex(point => x <= point.x);
    if (after < 0) return points.at(-1)?.y ?? 0;
    if (after === 0) return points[0]!.y;
    const [a, b] = [points[after - 1]!, points[after]!];
    return a.y + Math.trunc(((b.y - a.y) * (x - a.x)) / (b.x - a.x));
  };
}

/** The weighted mean over the strategy's resources, of those that the node has (by ratio, of those with any score). */
export function allocationScorer(strategy: ScoringStrategy): Scorer {
  const { type, resources = defaultResources, shape } = strategy;
  const byRatio = type === 'RequestedToCapacityRatio';
  const curve = byRatio ? ratioCurve(shape) : curves[type];
  return (pod, node) => {
    let sum = 0;
    let weights = 0;
    for (const { name, weight } of resources) {
      const { requested, allocatable } = allocation(pod, node, name);
      // Nodes without an extended resource, and pods that do not ask for it, leave it out of the mean.
      const extended = name !== 'cpu' && name !== 'memory' && name !== 'ephemeral-storage';
      if (allocatable === 0 || (extended && amountOf(pod.requests, name) === 0)) continue;
      const score = curve(requested, allocatable);
      if (byRatio && score === 0) continue;
      sum += score * weight;
      weights += weight;
    }
    if (weights === 0) return 0;
    return byRatio ? Math.round(sum / weights) : Math.floor(sum / weights);
  };
}
