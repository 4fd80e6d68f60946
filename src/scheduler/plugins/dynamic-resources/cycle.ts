import type { AllocationResult, DeviceClass, ResourceClaim } from '#api/generated/types/resource.v1.ts';
import type { NodeMatcher, SelectableNode } from '#api/node-selection.ts';
import { objectKey } from '#machinery/object.ts';
import { isReservedFor, reservedForMax } from '#runtime/pod-claims.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { allocationOf, type AllocationContext } from './allocation.ts';
import { EndlessSearchError, type Pick, pickDevices } from './allocator.ts';
import type { ClaimBook } from './claim-book.ts';
import { claimsOfPod } from './pod-claims.ts';
import { nodeSelectorMatcher, type PoolIndex } from './pools.ts';
import { AllocationError, type ClaimPlan, planClaim } from './requests.ts';
import { Usage } from './usage.ts';

/** What a pod's claims are decided by. */
export interface ClaimSources {
  readonly book: ClaimBook;
  readonly classOf: (name: string) => DeviceClass | undefined;
  readonly pools: () => PoolIndex;
}

/** The best of the choices of a request is worth that much, the next one less. */
const choicesMax = 8;

/** Whoever finds no end on so many nodes looks on no others: each would hold up all else for as long again. */
const endlessMax = 2;

/** One pod's claims in one scheduling cycle: those that have devices, and those that need some. */
export class ClaimCycle {
  readonly pod: PodInfo;
  readonly claims: readonly ResourceClaim[];
  /** Allocated claims whose devices some node does not reach. */
  readonly unreached = new Set<ResourceClaim>();
  readonly #allocated: readonly { readonly claim: ResourceClaim; readonly matches: NodeMatcher }[];
  readonly #plans: readonly ClaimPlan[];
  readonly #pools: PoolIndex | undefined;
  readonly #usage: Usage;
  /** By the node's name. */
  readonly #picks = new Map<string, readonly Pick[]>();
  /** Nodes on which the search found no end. */
  #endless = 0;

  /** Throws AllocationError where no node will do. */
  constructor(pod: PodInfo, { book, classOf, pools }: ClaimSources) {
    const claims = claimsOfPod(pod, key => book.get(key));
    if (typeof claims === 'string') throw new AllocationError(claims);
    this.pod = pod;
    this.claims = claims;
    for (const claim of claims) {
      const { allocation, reservedFor = [] } = claim.status ?? {};
      if (allocation && reservedFor.length >= reservedForMax && !isReservedFor(pod.pod, claim)) {
        throw new AllocationError('resourceclaim in use');
      }
      if (!allocation && book.isPending(claim)) {
        throw new AllocationError(`resource claim ${objectKey(claim)} is in the process of being allocated`);
      }
    }
    this.#allocated = claims
      .filter(({ status }) => status?.allocation)
      .map(claim => ({ claim, matches: nodeSelectorMatcher(claim.status!.allocation!.nodeSelector) }));
    this.#plans = claims.filter(({ status }) => !status?.allocation).map(claim => planClaim(claim, classOf));
    this.#pools = this.#plans.length > 0 ? pools() : undefined;
    this.#usage = new Usage(this.#plans.length > 0 ? book.allocations() : []);
  }

  /** Why a node will not do. */
  problem(node: SelectableNode): string | undefined {
    const unreached = this.#allocated.filter(({ matches }) => !matches(node));
    for (const { claim } of unreached) this.unreached.add(claim);
    if (unreached.length > 0) return 'resourceclaim not available on the node';
    try {
      return this.#picksOn(node) ? undefined : 'cannot allocate all claims';
    } catch (error) {
      if (error instanceof AllocationError) return error.message;
      throw error;
    }
  }

  /** Higher where more of what was asked for first can be had; undefined where all nodes are the same. */
  get scorer(): ((node: SelectableNode) => number) | undefined {
    const listed = this.#plans.flatMap(({ requests }) => requests.filter(choices => choices.length > 1));
    if (listed.length === 0) return undefined;
    return node => {
      const picks = this.#picksOn(node) ?? [];
      let score = 0;
      for (const choices of listed) {
        const chosen = picks.find(({ choice }) => choices.includes(choice));
        if (chosen) score += choicesMax - choices.indexOf(chosen.choice);
      }
      return score;
    };
  }

  /** What the claims that need devices get on a node that will do, by the claim's uid. */
  allocations(node: SelectableNode, context: AllocationContext): ReadonlyMap<string, AllocationResult> {
    const picks = this.#picksOn(node) ?? [];
    return new Map(
      this.#plans.map(plan => {
        const ofClaim = picks.filter(pick => pick.plan === plan);
        return [plan.claim.metadata.uid!, allocationOf(plan, ofClaim, node.name, context)];
      }),
    );
  }

  #picksOn(node: SelectableNode): readonly Pick[] | undefined {
    if (!this.#pools) return [];
    const known = this.#picks.get(node.name);
    if (known) return known;
    if (this.#endless === endlessMax) throw new EndlessSearchError();
    try {
      const picks = pickDevices(this.#plans, node, this.#pools, this.#usage);
      if (picks) this.#picks.set(node.name, picks);
      return picks;
    } catch (error) {
      if (error instanceof EndlessSearchError) this.#endless++;
      throw error;
    }
  }
}
