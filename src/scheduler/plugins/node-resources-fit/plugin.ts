import type { Node } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { quantityValue } from '#machinery/quantity.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { Plugin, Rejection } from '../../framework/plugin.ts';
import { amountOf, readResources, type Resources } from '../../framework/resources.ts';
import { allocationScorer, type ScoringStrategy } from './scoring.ts';

const name = 'NodeResourcesFit';

export interface NodeResourcesFitOptions {
  /** Default: LeastAllocated by CPU and memory. */
  readonly scoringStrategy?: ScoringStrategy;
}

/** Only nodes with room for what the pod asks; rather those with the most (or least) room. */
export function nodeResourcesFit(options: NodeResourcesFitOptions = {}): Plugin {
  const score = allocationScorer(options.scoringStrategy ?? { type: 'LeastAllocated' });
  return {
    name,
    nodeLocal: true,
    preFilter: pod => ({ test: node => shortage(pod, node) }),
    preScore: pod => ({ score: node => score(pod, node) }),
    mayCure(event, pod) {
      switch (event.type) {
        case 'podFreed':
          // If nothing else, its place among the node's pods is free.
          return true;
        case 'assignedPodUpdated':
          return !deepEqual(event.pod.pod.spec, event.old.pod.spec);
        case 'podUpdated':
          return event.pod.uid === pod.uid;
        case 'nodeAdded':
          return couldHold(event.node, pod);
        case 'nodeUpdated':
          return (
            !deepEqual(event.node.status?.allocatable, event.old.status?.allocatable) &&
            couldHold(event.node, pod)
          );
        default:
          return false;
      }
    },
  };
}

const basicResources = ['cpu', 'memory', 'ephemeral-storage'] as const;

/** What a node lacks for a pod. Eviction cannot help where even the empty node is too small. */
function shortage(pod: PodInfo, node: NodeInfo): Rejection | undefined {
  const { requests } = pod;
  const full = node.pods.size + 1 > node.allowedPods;
  if (!full && fitsBasics(requests, node) && requests.scalars.size === 0) return undefined;
  const reasons = full ? ['Too many pods'] : [];
  let resolvable = true;
  for (const resource of [...basicResources, ...requests.scalars.keys()]) {
    const wanted = amountOf(requests, resource);
    if (wanted === 0) continue;
    const allocatable = amountOf(node.allocatable, resource);
    if (wanted <= allocatable - amountOf(node.requested, resource)) continue;
    reasons.push(`Insufficient ${resource}`);
    if (wanted > allocatable) resolvable = false;
  }
  if (reasons.length === 0) return undefined;
  return { plugin: name, code: resolvable ? 'Unschedulable' : 'UnschedulableAndUnresolvable', reasons };
}

function fitsBasics(requests: Resources, { allocatable, requested }: NodeInfo): boolean {
  const fits = (wanted: number, all: number, used: number) => wanted === 0 || wanted <= all - used;
  return (
    fits(requests.milliCpu, allocatable.milliCpu, requested.milliCpu) &&
    fits(requests.memory, allocatable.memory, requested.memory) &&
    fits(requests.ephemeralStorage, allocatable.ephemeralStorage, requested.ephemeralStorage)
  );
}

/** Whether the node would hold the pod if it were empty. */
function couldHold(node: Node, { requests }: PodInfo): boolean {
  const allocatable = readResources(node.status?.allocatable);
  return (
    quantityValue(node.status?.allocatable?.pods ?? '0') > 0 &&
    [...basicResources, ...requests.scalars.keys()].every(
      resource => amountOf(requests, resource) <= amountOf(allocatable, resource),
    )
  );
}
