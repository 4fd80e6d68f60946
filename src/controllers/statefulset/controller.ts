import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '#api/generated/refs.ts';
import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '#api/generated/types/apps.v1.ts';
import type { PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';
import { objectKey } from '#machinery/object.ts';
import { slowStart } from '#runtime/batch.ts';
import {
  type Change,
  type ControllerEnvironment,
  controllerKeys,
  defineController,
  observing,
  type ReconcileResult,
  watching,
} from '#runtime/controller.ts';
import { OwnWrites } from '#runtime/own-writes.ts';
import { claimObjects } from '#runtime/ownership.ts';
import { deepEqual } from '#base/equal.ts';
import { indexByController, owned, ownedOrOrphaned } from '../shared/owned.ts';
import { availableInMs } from '../shared/pods.ts';
import { claimRevisions, currentRevision, forgetRevisions } from '../shared/revisions.ts';
import { matcherOf } from '../shared/selector.ts';
import { unseenMs } from '../shared/unseen.ts';
import { ordinalOf, revisionOfPod } from './identity.ts';
import { statefulSetMetrics } from './metrics.ts';
import { countPods, isOrdered, type Plan, planSteps, type Situation, type Step } from './plan.ts';
import { StatefulPods } from './pods.ts';

/** Keeps pods with an identity each: a name, a place in the order, and claims of their own. */
export const statefulSetController = defineController({
  name: 'statefulset',
  setup: environment => {
    const controller = new StatefulSetController(environment);
    return {
      for: statefulSets,
      watches: [
        watching(pods, pod => controller.keysOfPod(pod)),
        observing(persistentVolumeClaims, change => controller.keysOfClaim(change)),
      ],
      concurrency: 5,
      reconcile: key => controller.reconcile(key),
    };
  },
});

const revisioned = { ref: statefulSets, hashLabel: 'controller.kubernetes.io/hash' };

interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
}

class StatefulSetController {
  readonly #environment: ControllerEnvironment;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #podControl: StatefulPods;
  readonly #written = new OwnWrites();
  readonly #ownerKeys = controllerKeys(statefulSets);

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    this.#sets = environment.informer(statefulSets);
    this.#pods = environment.informer(pods);
    this.#revisions = environment.informer(controllerRevisions);
    indexByController(this.#pods);
    indexByController(this.#revisions);
    environment.tell(
      statefulSetMetrics({
        sets: () => this.#sets.list(),
        podsOf: set => owned(this.#pods, set),
        now: () => environment.clock.now(),
      }),
    );
    this.#podControl = new StatefulPods(environment, environment.informer(persistentVolumeClaims));
  }

  keysOfPod(pod: Pod): string[] {
    const keys = this.#ownerKeys(pod);
    if (keys.length > 0 || pod.metadata.ownerReferences?.some(owner => owner.controller)) return keys;
    const candidates = this.#sets.list(pod.metadata.namespace);
    return candidates.filter(set => isMember(set, pod)).map(objectKey);
  }

  /** A claim that is gone may be what a pod waits for, and one that shows late has no owner yet. */
  keysOfClaim({ object, old }: Change<PersistentVolumeClaim>): string[] {
    if (old && deepEqual(old.metadata.ownerReferences, object.metadata.ownerReferences)) return [];
    const { name, namespace } = object.metadata;
    const isOf = (set: StatefulSet) =>
      (set.spec?.volumeClaimTemplates ?? []).some(({ metadata }) =>
        name!.startsWith(`${metadata.name}-${set.metadata.name}-`),
      );
    return this.#sets.list(namespace).filter(isOf).map(objectKey);
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const set = this.#sets.get(key);
    if (!set) {
      this.#written.forget(key);
      return {};
    }
    if (this.#written.isBehind(key, set)) return {};
    const { client, clock } = this.#environment;
    const claim = {
      client,
      ref: pods,
      ownerRef: statefulSets,
      owner: set,
      matches: (pod: Pod) => isMember(set, pod),
    };
    const members = await claimObjects(claim, ownedOrOrphaned(this.#pods, set));
    const revisions = await claimRevisions(client, revisioned, set, this.#revisions);
    const { revision: update, collisionCount } = await currentRevision(client, revisioned, set, revisions);
    const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
    const situation: Omit<Situation, 'currentReplicas'> = {
      set,
      pods: members,
      currentRevision: current.metadata.name!,
      updateRevision: update.metadata.name!,
      nowMs: clock.now(),
    };
    const counts = countPods(situation);
    await this.#writeStatus(set, finished(set, { ...counts, ...revisionNames(situation), collisionCount }));
    const plan = set.metadata.deletionTimestamp ? [] : planSteps({ ...situation, ...counts });
    await this.#carryOut(set, plan, { current, update });
    const used = new Set([
      situation.currentRevision,
      situation.updateRevision,
      ...members.map(pod => revisionOfPod(pod) ?? ''),
    ]);
    await forgetRevisions(client, revisions, used, set.spec?.revisionHistoryLimit ?? 10);
    const madePods = plan.some(steps => steps.some(({ type }) => type === 'create'));
    const nextMs = nextAvailabilityMs(situation);
    return { requeueAfterMs: madePods ? Math.min(unseenMs, nextMs ?? unseenMs) : nextMs };
  }

  async #carryOut(set: StatefulSet, plan: Plan, revisions: Revisions): Promise<void> {
    for (const steps of plan) {
      if (isOrdered(set)) {
        for (const step of steps) await this.#take(set, step, revisions);
        continue;
      }
      const { breathe } = this.#environment;
      const { error } = await slowStart(steps.length, i => this.#take(set, steps[i]!, revisions), breathe);
      if (error !== undefined) throw error;
    }
  }

  #take(set: StatefulSet, step: Step, revisions: Revisions): Promise<void> {
    switch (step.type) {
      case 'create':
        return this.#podControl.create(set, step.ordinal, revisions[step.revision]);
      case 'delete':
        return this.#podControl.delete(set, step.pod);
      case 'provide':
        return this.#podControl.provide(set, step.pod);
      case 'conform':
        return this.#podControl.conform(set, step.pod);
    }
  }

  async #writeStatus(set: StatefulSet, status: StatefulSetStatus): Promise<void> {
    const { conditions } = set.status ?? {};
    const wanted = { ...status, ...(conditions ? { conditions } : {}) };
    if (deepEqual(comparable(set.status), comparable(wanted))) return;
    const written = await this.#environment.client.updateStatus(statefulSets, { ...set, status: wanted });
    this.#written.note(objectKey(written), written);
  }
}

function isMember(set: StatefulSet, pod: Pod): boolean {
  return matcherOf(set.spec?.selector)(pod) && ordinalOf(set, pod) >= 0;
}

function revisionNames({
  currentRevision: current,
  updateRevision: update,
}: Omit<Situation, 'currentReplicas'>) {
  return { currentRevision: current, updateRevision: update };
}

/** An update that is through makes its revision the current one. */
function finished(set: StatefulSet, status: StatefulSetStatus): StatefulSetStatus {
  const { collisionCount, ...counts } = status;
  const observed = {
    observedGeneration: set.metadata.generation,
    ...counts,
    ...(collisionCount !== undefined ? { collisionCount } : {}),
  };
  const rolling = set.spec?.updateStrategy?.type !== 'OnDelete';
  const through = status.updatedReplicas === status.replicas && status.readyReplicas === status.replicas;
  if (!rolling || !through || status.replicas !== (set.spec?.replicas ?? 1)) return observed;
  return { ...observed, currentReplicas: status.updatedReplicas, currentRevision: status.updateRevision };
}

function nextAvailabilityMs({
  set,
  pods: members,
  nowMs,
}: Omit<Situation, 'currentReplicas'>): number | undefined {
  const waits = members.map(pod => availableInMs(pod, set.spec?.minReadySeconds ?? 0, nowMs) ?? 0);
  const due = waits.filter(wait => wait > 0);
  return due.length > 0 ? Math.min(...due) : undefined;
}

/** Counts that are zero may be left out by the server. */
function comparable(status: StatefulSetStatus | undefined): unknown {
  return {
    ...status,
    replicas: status?.replicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    currentReplicas: status?.currentReplicas ?? 0,
    updatedReplicas: status?.updatedReplicas ?? 0,
  };
}
