import type { NodeInfo } from '../../framework/node-info.ts';
import { maxNodeScore, type Plugin } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { amountOf } from '../../framework/resources.ts';

const basic = ['cpu', 'memory', 'ephemeral-storage'];

export interface NodeResourcesBalancedAllocationOptions {
  /** Default: CPU and memory. */
  readonly resources?: readonly string[];
}

/** Rather nodes whose resources the pod makes be used up more evenly. */
export function nodeResourcesBalancedAllocation({
  resources = ['cpu', 'memory'],
}: NodeResourcesBalancedAllocationOptions = {}): Plugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    nodeLocal: true,
    preScore(pod) {
      if (resources.every(resource => amountOf(pod.requests, resource) === 0)) return undefined;
      return { score: node => balance(pod, node, resources) };
    },
  };
}

/** 75 where the pod leaves the balance as it is; up to 25 more or less as it makes it better or worse. */
function balance(pod: PodInfo, node: NodeInfo, resources: readonly string[]): number {
  const before: number[] = [];
  const after: number[] = [];
  for (const resource of resources) {
    const allocatable = amountOf(node.allocatable, resource);
    const wanted = amountOf(pod.requests, resource);
    // A device that the pod does not ask for is none of its balance.
    if (allocatable === 0 || (wanted === 0 && !basic.includes(resource))) continue;
    const requested = amountOf(node.requested, resource);
    before.push(Math.min(1, requested / allocatable));
    after.push(Math.min(1, (requested + wanted) / allocatable));
  }
  const half = maxNodeScore / 2;
  return half + Math.floor((half + evenness(after) - evenness(before)) / 2);
}

/** 100 where all fractions are the same, less by their standard deviation, in upstream's floating-point steps. */
function evenness(fractions: readonly number[]): number {
  let deviation = 0;
  if (fractions.length === 2) deviation = Math.abs((fractions[0]! - fractions[1]!) / 2);
  else if (fractions.length > 2) {
    const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
    const squares = fractions.reduce((sum, fraction) => sum + (fraction - mean) * (fraction - mean), 0);
    deviation = Math.sqrt(squares / fractions.length);
  }
  return Math.floor((1 - deviation) * maxNodeScore);
}
