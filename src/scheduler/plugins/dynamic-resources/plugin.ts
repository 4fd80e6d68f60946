import { deviceClasses, nodes, resourceClaims, resourceSlices } from '#api/generated/refs.ts';
import type { AllocationResult, ResourceClaim } from '#api/generated/types/resource.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { deepEqual } from '#base/equal.ts';
import { StringMap } from '#base/string-map.ts';
import { objectKey, type ResourceRef } from '#machinery/object.ts';
import { isReservedFor, namedClaim } from '#runtime/pod-claims.ts';
import {
  changeOf,
  type ClusterEvent,
  normalizeScores,
  type Plugin,
  type PostFilterInput,
  type PostFilterResult,
  type Rejection,
} from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import { ClaimBook } from './claim-book.ts';
import { ClaimWriter } from './claim-writer.ts';
import { ClaimCycle, type ClaimSources } from './cycle.ts';
import { claimsOfPod } from './pod-claims.ts';
import { PoolIndex } from './pools.ts';
import { AllocationError } from './requests.ts';

const name = 'DynamicResources';

const reject = (reason: string): Rejection => ({
  plugin: name,
  code: 'UnschedulableAndUnresolvable',
  reasons: [reason],
});

/** What was decided for a pod, until it is bound. */
interface Reserved {
  readonly claims: readonly ResourceClaim[];
  /** Of the claims that had no devices, by their uid. */
  readonly allocations: ReadonlyMap<string, AllocationResult>;
  /** Those that say by now that they are for the pod. */
  readonly written: Set<ResourceClaim>;
  isWriting: boolean;
}

/** Only nodes that reach devices for the pod's claims; gives the claims what they ask for (KEP-4381). */
export function dynamicResources(context: PluginContext): Plugin {
  const book = ClaimBook.of(context.lister(resourceClaims));
  const writer = new ClaimWriter(context, book);
  const classes = context.lister(deviceClasses);
  const slices = context.lister(resourceSlices);
  const nodeSource = context.lister(nodes);
  const sources: ClaimSources = {
    book,
    classOf: className => classes.get(className),
    pools: () => new PoolIndex(slices.list()),
  };
  const reserved = new StringMap<Reserved>();
  /** Of the pod that was looked at last: what follows goes on from there. */
  let last: ClaimCycle | undefined;
  const cycleOf = (pod: PodInfo) => (last?.pod.uid === pod.uid ? last : new ClaimCycle(pod, sources));
  const giveBack = ({ allocations, written }: Reserved, podUid: string) => {
    for (const uid of allocations.keys()) book.drop(uid);
    // The controller does it too, where the pod has gone; whatever fails here is the next one's to find.
    for (const claim of written) void writer.release(claim, podUid).catch(() => undefined);
  };

  return {
    name,
    watches: [deviceClasses, resourceClaims, resourceSlices] as readonly ResourceRef[],
    preEnqueue(pod) {
      if (!hasClaims(pod)) return undefined;
      const claims = claimsOfPod(pod, key => book.get(key));
      return typeof claims === 'string' ? reject(claims) : undefined;
    },
    preFilter(pod) {
      last = undefined;
      if (!hasClaims(pod)) return undefined;
      try {
        last = new ClaimCycle(pod, sources);
      } catch (error) {
        if (error instanceof AllocationError) return reject(error.message);
        throw error;
      }
      const cycle = last;
      return {
        test(node) {
          const problem = cycle.problem(node);
          return problem === undefined ? undefined : reject(problem);
        },
      };
    },
    postFilter: input => makeRoom(input, last, writer),
    preScore(pod) {
      const score = hasClaims(pod) ? cycleOf(pod).scorer : undefined;
      return score && { score, normalize: scores => normalizeScores(scores) };
    },
    reserve(pod, nodeName) {
      if (!hasClaims(pod)) return undefined;
      const cycle = cycleOf(pod);
      const node = { name: nodeName, labels: nodeSource.get(nodeName)?.metadata.labels ?? {} };
      const problem = cycle.problem(node);
      if (problem !== undefined) return reject(problem);
      const now = toRfc3339(context.clock.now());
      const allocations = cycle.allocations(node, { random: context.random, now });
      for (const claim of cycle.claims) {
        const allocation = allocations.get(claim.metadata.uid!);
        if (allocation) book.plan(claim, allocation);
      }
      reserved.set(pod.uid, { claims: cycle.claims, allocations, written: new Set(), isWriting: false });
      last = undefined;
      return undefined;
    },
    unreserve(pod) {
      const taken = reserved.get(pod.uid);
      reserved.delete(pod.uid);
      // What is being written may come to stand: until that is known, its devices are nobody else's.
      if (taken && !taken.isWriting) giveBack(taken, pod.uid);
    },
    preBindPreFlight: ({ pod, uid }) => {
      const { claims, allocations } = reserved.get(uid) ?? {};
      return (
        claims?.some(claim => allocations!.has(claim.metadata.uid!) || !isReservedFor(pod, claim)) ?? false
      );
    },
    async preBind({ pod, uid }) {
      const taken = reserved.get(uid)!;
      taken.isWriting = true;
      try {
        for (const claim of taken.claims) {
          const allocation = taken.allocations.get(claim.metadata.uid!);
          if (!allocation && isReservedFor(pod, claim)) continue;
          await writer.reserve(claim, allocation, pod);
          taken.written.add(claim);
        }
      } finally {
        taken.isWriting = false;
        if (reserved.get(uid) !== taken) giveBack(taken, uid);
      }
      for (const claim of taken.claims) await writer.untilUsable(objectKey(claim));
    },
    postBind: ({ uid }) => reserved.delete(uid),
    cures: ['nodeAdded', 'nodeUpdated', 'podUpdated', 'podFreed', 'objectChanged'],
    mayCure,
  };
}

function hasClaims({ pod }: PodInfo): boolean {
  return (pod.spec?.resourceClaims?.length ?? 0) > 0;
}

/** Devices of a claim that is for nobody else may be of use to none but other nodes: it gets new ones. */
function makeRoom(
  input: PostFilterInput,
  cycle: ClaimCycle | undefined,
  writer: ClaimWriter,
): PostFilterResult {
  const { pod } = input;
  if (input.looked?.(name) === false) return { message: 'not found', failed: true };
  if (!hasClaims(pod)) return { message: 'no new claims to deallocate' };
  const unreached = cycle?.pod.uid === pod.uid ? [...cycle.unreached] : [];
  const free = unreached.find(
    ({ status }) => status!.reservedFor?.every(({ uid }) => uid === pod.uid) ?? true,
  );
  if (!free) return { message: 'still not schedulable' };
  return {
    message: 'deallocation of ResourceClaim completed',
    carryOut: () => writer.deallocate(free),
  };
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  switch (event.type) {
    case 'nodeAdded':
      return true;
    case 'nodeUpdated':
      return !deepEqual(event.node.metadata.labels, event.old.metadata.labels);
    case 'podUpdated':
      return event.pod.uid === pod.uid && !sameClaims(event.pod, event.old);
    case 'podFreed':
      // It may have been about to get the claim that this one wants too.
      return hasClaims(event.pod);
    case 'objectChanged':
      return objectMayCure(event, pod);
    default:
      return false;
  }
}

function sameClaims({ pod }: PodInfo, { pod: old }: PodInfo): boolean {
  return deepEqual(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses);
}

function objectMayCure(event: ClusterEvent, { pod, namespace }: PodInfo): boolean {
  const change = changeOf(event, resourceClaims);
  if (!change) {
    const published = changeOf(event, resourceSlices) ?? changeOf(event, deviceClasses);
    return published !== undefined && published.type !== 'deleted';
  }
  const { object: claim, old } = change;
  if (change.type !== 'deleted' && old?.status?.allocation && !claim.status?.allocation) return true;
  if (change.type === 'deleted') return claim.status?.allocation !== undefined;
  const own = pod.spec!.resourceClaims!.some(
    each => `${namespace}/${namedClaim(pod, each)?.name}` === objectKey(claim),
  );
  return own && !deepEqual(claim.status, old?.status);
}
