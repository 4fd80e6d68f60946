import { pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import type { Informer } from '#client/informer.ts';
import { retryOnConflict } from '#client/retry.ts';
import { controllerOf, objectKey } from '#machinery/object.ts';
import { slowStart } from '#runtime/batch.ts';
import {
  type Change,
  type Controller,
  type ControllerEnvironment,
  controllerKeys,
  defineController,
  itself,
  observing,
  type ReconcileResult,
  watching,
} from '#runtime/controller.ts';
import { Expectations } from '#runtime/expectations.ts';
import { claimObjects, controllerReference } from '#runtime/ownership.ts';
import { indexByController, orphans, owned, ownedOrOrphaned } from '../shared/owned.ts';
import { isNamespaceTerminating, PodControl, podFromTemplate } from '../shared/pod-control.ts';
import { podsToDelete } from '../shared/pod-ranking.ts';
import { availableInMs, isPodActive, isPodTerminal, podCondition } from '../shared/pods.ts';
import { isEmptySelector, type Matcher, matcherOf } from '../shared/selector.ts';
import { type ReplicaKind, type ReplicaOwner, replicaSetKind, replicationControllerKind } from './kinds.ts';
import { countGroups, countPods, type PodCounts, replicaStatus } from './status.ts';
import { PodTally } from './tally.ts';

// Pods made or deleted in one run, so that one owner cannot keep the API server busy on its own.
const burstMax = 500;

function replicaController(kind: ReplicaKind): Controller {
  return defineController({
    name: kind.name,
    component: kind.component,
    setup: environment => {
      const replicas = new ReplicaController(kind, environment);
      return {
        concurrency: 5,
        watches: [watching(kind.ref, itself), observing(pods, change => replicas.keysOfPod(change))],
        reconcile: key => replicas.reconcile(key),
      };
    },
  });
}

/** Keeps the wanted number of pods of a ReplicaSet alive. */
export const replicaSetController = replicaController(replicaSetKind);

/** The same for ReplicationControllers. */
export const replicationControllerController = replicaController(replicationControllerKind);

class ReplicaController {
  readonly #kind: ReplicaKind;
  readonly #environment: ControllerEnvironment;
  readonly #owners: Informer<ReplicaOwner>;
  readonly #pods: Informer<Pod>;
  readonly #expectations: Expectations;
  readonly #podControl: PodControl;
  readonly #ownerKeys: (object: Pod) => string[];
  readonly #tally = new PodTally();

  constructor(kind: ReplicaKind, environment: ControllerEnvironment) {
    this.#kind = kind;
    this.#environment = environment;
    this.#owners = environment.informer(kind.ref);
    this.#pods = environment.informer(pods);
    indexByController(this.#owners);
    indexByController(this.#pods);
    this.#expectations = new Expectations(environment.clock);
    this.#podControl = new PodControl(environment.client, environment.events);
    this.#ownerKeys = controllerKeys(kind.ref);
  }

  /** Whose turn it is after a change of a pod; tells the expectations what was waited for. */
  keysOfPod(change: Change<Pod>): string[] {
    const { type, object, old } = change;
    const going = type === 'deleted' || Boolean(object.metadata.deletionTimestamp);
    const keys = this.#ownerKeys(object);
    if (type === 'deleted' || keys.length === 0) this.#tally.delete(object);
    else this.#tally.set(object);
    for (const key of keys) {
      if (going) this.#expectations.deleted(key, object.metadata.uid!);
      else if (type === 'added') this.#expectations.created(key);
    }
    if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...this.#ownerKeys(old));
    if (!going && !controllerOf(object)) keys.push(...this.#possibleOwners(object));
    return old && isSameToOwners(old, object) ? [] : keys;
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const owner = this.#owners.get(key);
    if (!owner) {
      this.#expectations.forget(key);
      return {};
    }
    const manages = this.#expectations.satisfied(key) && !owner.metadata.deletionTimestamp;
    const counts = this.#counted(owner);
    if (counts && (!manages || counts.active <= wantedOf(owner))) {
      return this.#finish(
        key,
        owner,
        counts,
        manages ? await this.#create(key, owner, counts.active) : undefined,
      );
    }
    const active = await this.#claim(owner);
    const failure = manages ? await this.#manage(key, owner, active) : undefined;
    const terminating = owned(this.#pods, owner).filter(
      pod => pod.metadata.deletionTimestamp && !isPodTerminal(pod),
    );
    const nowMs = this.#environment.clock.now();
    const looked = countPods(owner, active, terminating.length, nowMs);
    return this.#finish(key, owner, looked, failure, this.#nextAvailabilityMs(owner, active));
  }

  /** Without a look at each pod; undefined where some must be claimed, or become available by mere waiting. */
  #counted(owner: ReplicaOwner): PodCounts | undefined {
    if ((owner.spec?.minReadySeconds ?? 0) > 0) return undefined;
    const matches = this.#matcher(owner);
    const groups = this.#tally.groupsOf(owner.metadata.uid!);
    if (groups.some(({ labels, active }) => active > 0 && !matches({ metadata: { labels } })))
      return undefined;
    if (orphans(this.#pods, owner.metadata.namespace!).some(matches)) return undefined;
    return countGroups(owner, groups);
  }

  async #finish(
    key: string,
    owner: ReplicaOwner,
    counts: PodCounts,
    failure: unknown,
    availableInMs?: number,
  ): Promise<ReconcileResult> {
    await this.#writeStatus(owner, counts, failure);
    if (failure !== undefined) throw failure;
    return { requeueAfterMs: availableInMs ?? this.#expectations.leftMs(key) };
  }

  #possibleOwners(pod: Pod): string[] {
    if (!pod.metadata.labels) return [];
    return this.#owners
      .list(pod.metadata.namespace)
      .filter(owner => this.#matcher(owner)(pod))
      .map(objectKey);
  }

  #matcher(owner: ReplicaOwner): Matcher {
    const selector = this.#kind.selectorOf(owner);
    return isEmptySelector(selector) ? () => false : matcherOf(selector);
  }

  #claim(owner: ReplicaOwner): Promise<Pod[]> {
    const claim = {
      client: this.#environment.client,
      ref: pods,
      ownerRef: this.#kind.ref,
      owner,
      matches: this.#matcher(owner),
    };
    return claimObjects(claim, ownedOrOrphaned(this.#pods, owner).filter(isPodActive));
  }

  /** Creates or deletes; returns what went wrong. */
  async #manage(key: string, owner: ReplicaOwner, active: readonly Pod[]): Promise<unknown> {
    const surplus = active.length - wantedOf(owner);
    if (surplus > 0) return this.#deletePods(key, owner, active, Math.min(surplus, burstMax));
    return this.#create(key, owner, active.length);
  }

  /** Creates what is missing; returns what went wrong. */
  async #create(key: string, owner: ReplicaOwner, active: number): Promise<unknown> {
    const missing = wantedOf(owner) - active;
    return missing > 0 ? this.#createPods(key, owner, Math.min(missing, burstMax)) : undefined;
  }

  async #createPods(key: string, owner: ReplicaOwner, count: number): Promise<unknown> {
    const pod = podFromTemplate(owner.spec?.template, owner, controllerReference(this.#kind.ref, owner));
    this.#expectations.expectCreations(key, count);
    let tried = 0;
    const { error } = await slowStart(
      count,
      async () => {
        tried++;
        try {
          await this.#podControl.create(owner, pod);
        } catch (failure) {
          this.#expectations.created(key);
          if (!isNamespaceTerminating(failure)) throw failure;
        }
      },
      this.#environment.breathe,
    );
    for (; tried < count; tried++) this.#expectations.created(key);
    return error;
  }

  async #deletePods(
    key: string,
    owner: ReplicaOwner,
    active: readonly Pod[],
    count: number,
  ): Promise<unknown> {
    const doomed = podsToDelete(active, this.#relatedPods(owner), count, this.#environment.clock.now());
    this.#expectations.expectDeletions(
      key,
      doomed.map(pod => pod.metadata.uid!),
    );
    const results = await Promise.allSettled(
      doomed.map(async pod => {
        try {
          await this.#podControl.delete(owner, pod);
        } catch (error) {
          this.#expectations.deleted(key, pod.metadata.uid!);
          throw error;
        }
      }),
    );
    return results.find(result => result.status === 'rejected')?.reason;
  }

  /** Active pods of all owners with the same controller: a Deployment's other ReplicaSets count for spreading. */
  #relatedPods(owner: ReplicaOwner): Pod[] {
    const controller = controllerOf(owner);
    const siblings = controller ? this.#owners.byIndex('controllerUid', controller.uid) : [owner];
    return siblings.flatMap(sibling => owned(this.#pods, sibling).filter(isPodActive));
  }

  async #writeStatus(owner: ReplicaOwner, counts: PodCounts, failure: unknown): Promise<void> {
    const { client, clock } = this.#environment;
    const { terminatingReplicas, ...counted } = replicaStatus(owner, counts, failure, clock.now());
    const status = this.#kind.countsTerminating ? { ...counted, terminatingReplicas } : counted;
    if (sameStatus(owner.status, status)) return;
    let current = owner;
    await retryOnConflict(this.#environment, async () => {
      try {
        await client.updateStatus(this.#kind.ref, { ...current, status });
      } catch (error) {
        const { namespace, name } = owner.metadata;
        current = await client.get(this.#kind.ref, namespace!, name!);
        throw error;
      }
    });
  }

  /** When the next ready pod becomes available by mere waiting. */
  #nextAvailabilityMs(owner: ReplicaOwner, active: readonly Pod[]): number | undefined {
    const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
    if (minReadySeconds === 0) return undefined;
    const nowMs = this.#environment.clock.now();
    const waits = active
      .map(pod => availableInMs(pod, minReadySeconds, nowMs))
      .filter(wait => wait !== undefined && wait > 0) as number[];
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }
}

function wantedOf(owner: ReplicaOwner): number {
  return owner.spec?.replicas ?? 0;
}

/** Pods are bound and their statuses move: most of that changes neither whose they are nor what they count as. */
function isSameToOwners(old: Pod, pod: Pod): boolean {
  return (
    old.metadata.deletionTimestamp === pod.metadata.deletionTimestamp &&
    old.status?.phase === pod.status?.phase &&
    deepEqual(old.metadata.labels, pod.metadata.labels) &&
    deepEqual(old.metadata.ownerReferences, pod.metadata.ownerReferences) &&
    deepEqual(podCondition(old, 'Ready'), podCondition(pod, 'Ready'))
  );
}

/** Counts that are zero may be left out by the server. */
function sameStatus(old: ReplicaOwner['status'], status: ReplicaOwner['status']): boolean {
  const zeroed = (value: ReplicaOwner['status']) => ({
    ...value,
    fullyLabeledReplicas: value?.fullyLabeledReplicas ?? 0,
    readyReplicas: value?.readyReplicas ?? 0,
    availableReplicas: value?.availableReplicas ?? 0,
    conditions: value?.conditions ?? [],
  });
  return deepEqual(zeroed(old), zeroed(status));
}
