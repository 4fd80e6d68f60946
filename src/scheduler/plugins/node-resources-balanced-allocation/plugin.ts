import type { NodeInfo } from '../../framework/node-info.ts';
import { maxNodeScore, type Plugin } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { amountOf } from '../../framework/resources.ts';

const basic = ['cpu', 'memory', 'ephemeral-storage'];

export interface NodeResourcesBalancedAllocationOptions {
  /** Default: CPU and memory. */
  readonly resources?: readonly string[];
}

/** Rather nodes whose resources would be used up evenly. */
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

function balance(pod: PodInfo, node: NodeInfo, resources: readonly string[]): number {
  const fractions: number[] = [];
  for (const resource of resources) {
    const allocatable = amountOf(node.allocatable, resource);
    // A device that the pod does not ask for is none of its balance.
    const unwanted = !basic.includes(resource) && amountOf(pod.requests, resource) === 0;
    if (allocatable === 0 || unwanted) continue;
    const requested = amountOf(node.requested, resource) + amountOf(pod.requests, resource);
    fractions.push(Math.min(1, requested / allocatable));
  }
  const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
  const variance = fractions.reduce((sum, fraction) => sum + (fraction - mean) ** 2, 0) / fractions.length;
  return fractions.length < 2 ? maxNodeScore : Math.floor((1 - Math.sqrt(variance)) * maxNodeScore);
}
