import type { Node } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { quantityValue } from '#machinery/quantity.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { freedNode, type Plugin, type Rejection } from '../../framework/plugin.ts';
import {
  amountOf,
  basicResources,
  lowers,
  readResources,
  type Resources,
} from '../../framework/resources.ts';
import { allocationScorer, type ScoringStrategy } from './scoring.ts';

const name = 'NodeResourcesFit';

export interface NodeResourcesFitOptions {
  /** Extended resources that no node is refused for. */
  readonly ignoredResources?: readonly string[];
  /** The same for all of a domain: 'example.com' is every 'example.com/…'. */
  readonly ignoredResourceGroups?: readonly string[];
  /** Default: LeastAllocated by CPU and memory. */
  readonly scoringStrategy?: ScoringStrategy;
}

/** Only nodes with room for what the pod asks; rather those with the most (or least) room. */
export function nodeResourcesFit(options: NodeResourcesFitOptions = {}): Plugin {
  const score = allocationScorer(options.scoringStrategy ?? { type: 'LeastAllocated' });
  const { ignoredResources = [], ignoredResourceGroups = [] } = options;
  const isIgnored = (resource: string) =>
    ignoredResources.includes(resource) || ignoredResourceGroups.includes(resource.split('/')[0]!);
  return {
    name,
    nodeLocal: true,
    preFilter: pod => {
      const once = sameObjects();
      return { test: node => once(shortage(pod, node, isIgnored)) };
    },
    preScore: pod => ({ score: node => score(pod, node) }),
    mayCure(event, pod) {
      switch (event.type) {
        case 'podFreed': {
          const node = freedNode(event, pod);
          return !node?.node || shortage(pod, node, isIgnored) === undefined;
        }
        case 'assignedPodUpdated':
          return lowers(event.old.requests, event.pod.requests, pod.requests);
        case 'podUpdated':
          return event.pod.uid === pod.uid && lowers(event.old.requests, event.pod.requests);
        case 'nodeAdded':
          return couldHold(event.node, pod, isIgnored);
        case 'nodeUpdated':
          return hasMoreOf(event, pod) && couldHold(event.node, pod, isIgnored);
        default:
          return false;
      }
    },
  };
}

/** Equal rejections become one object: thousands of nodes may lack the same. */
function sameObjects(): (rejection: Rejection | undefined) => Rejection | undefined {
  const known = new Map<string, Rejection>();
  return rejection => {
    if (!rejection) return undefined;
    const key = `${rejection.code} ${rejection.reasons}`;
    const same = known.get(key) ?? rejection;
    known.set(key, same);
    return same;
  };
}

/** What a node lacks for a pod. Eviction cannot help where even the empty node is too small. */
function shortage(
  pod: PodInfo,
  node: NodeInfo,
  isIgnored: (resource: string) => boolean,
): Rejection | undefined {
  const { requests } = pod;
  const full = node.pods.size + 1 > node.allowedPods;
  if (!full && fitsBasics(requests, node) && requests.scalars.size === 0) return undefined;
  const reasons = full ? ['Too many pods'] : [];
  let resolvable = true;
  const scalars = [...requests.scalars.keys()].filter(resource => !isIgnored(resource));
  for (const resource of [...basicResources, ...scalars]) {
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

/** Whether a node offers more of anything that the pod asks for, or takes more pods. */
function hasMoreOf(
  { node, old }: { readonly node: Node; readonly old: Node },
  { requests }: PodInfo,
): boolean {
  const [after, before] = [node, old].map(({ status }) => status?.allocatable);
  if (deepEqual(after, before)) return false;
  const podsOf = (list: typeof after) => quantityValue(list?.pods ?? '0');
  return podsOf(after) > podsOf(before) || lowers(readResources(after), readResources(before), requests);
}

/** Whether the node would hold the pod if it were empty. */
function couldHold(node: Node, { requests }: PodInfo, isIgnored: (resource: string) => boolean): boolean {
  const allocatable = readResources(node.status?.allocatable);
  return (
    quantityValue(node.status?.allocatable?.pods ?? '0') > 0 &&
    [...basicResources, ...requests.scalars.keys()].every(
      resource => isIgnored(resource) || amountOf(requests, resource) <= amountOf(allocatable, resource),
    )
  );
}
