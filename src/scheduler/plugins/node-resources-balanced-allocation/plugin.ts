import type { NodeInfo } from '../../framework/node-info.ts';
import { maxNodeScore, type Plugin } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { amountOf } from '../../framework/resources.ts';

const resources = ['cpu', 'memory'];

/** Rather nodes whose resources would be used up evenly. */
export function nodeResourcesBalancedAllocation(): Plugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    nodeLocal: true,
    preScore(pod) {
      if (resources.every(resource => amountOf(pod.requests, resource) === 0)) return undefined;
      return { score: node => balance(pod, node) };
    },
  };
}

function balance(pod: PodInfo, node: NodeInfo): number {
  const fractions: number[] = [];
  for (const resource of resources) {
    const allocatable = amountOf(node.allocatable, resource);
    if (allocatable === 0) continue;
    const requested = amountOf(node.requested, resource) + amountOf(pod.requests, resource);
    fractions.push(Math.min(1, requested / allocatable));
  }
  const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
  const variance = fractions.reduce((sum, fraction) => sum + (fraction - mean) ** 2, 0) / fractions.length;
  return fractions.length < 2 ? maxNodeScore : Math.floor((1 - Math.sqrt(variance)) * maxNodeScore);
}
