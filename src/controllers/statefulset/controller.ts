import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '#api/generated/refs.ts';
import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import {
  type ControllerEnvironment,
  controllerKeys,
  defineController,
  type ReconcileResult,
  watching,
} from '#runtime/controller.ts';
import { claimObjects } from '#runtime/ownership.ts';
import { jsonEqual } from '../shared/equal.ts';
import { indexByController, owned, ownedOrOrphaned } from '../shared/owned.ts';
import { messageOf } from '../shared/pod-control.ts';
import { availableInMs } from '../shared/pods.ts';
import { byRevision, currentRevision, forgetRevisions } from '../shared/revisions.ts';
import { matcherOf } from '../shared/selector.ts';
import { claimsFor, ordinalOf, podForSet, revisionOfPod } from './identity.ts';
import { countPods, planSteps, type Situation, type Step } from './plan.ts';

/** Keeps pods with an identity each: a name, a place in the order, and claims of their own. */
export const statefulSetController = defineController({
  name: 'statefulset',
  setup: environment => {
    const controller = new StatefulSetController(environment);
    return {
      for: statefulSets,
      watches: [watching(pods, pod => controller.keysOfPod(pod))],
      concurrency: 5,
      reconcile: key => controller.reconcile(key),
    };
  },
});

class StatefulSetController {
  readonly #environment: ControllerEnvironment;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #ownerKeys = controllerKeys(statefulSets);

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    this.#sets = environment.informer(statefulSets);
    this.#pods = environment.informer(pods);
    this.#revisions = environment.informer(controllerRevisions);
    indexByController(this.#pods);
    indexByController(this.#revisions);
  }

  keysOfPod(pod: Pod): string[] {
    const keys = this.#ownerKeys(pod);
    if (keys.length > 0 || pod.metadata.ownerReferences?.some(owner => owner.controller)) return keys;
    const candidates = this.#sets.list(pod.metadata.namespace);
    return candidates.filter(set => isMember(set, pod)).map(objectKey);
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const set = this.#sets.get(key);
    if (!set) return {};
    const { client, clock } = this.#environment;
    const claim = {
      client,
      ref: pods,
      ownerRef: statefulSets,
      owner: set,
      matches: (pod: Pod) => isMember(set, pod),
    };
    const members = await claimObjects(claim, ownedOrOrphaned(this.#pods, set));
    const revisions = [...owned(this.#revisions, set)].sort(byRevision);
    const { revision: update, collisionCount } = await currentRevision(client, statefulSets, set, revisions);
    const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
    const situation: Omit<Situation, 'currentReplicas'> = {
      set,
      pods: members,
      currentRevision: current.metadata.name!,
      updateRevision: update.metadata.name!,
      nowMs: clock.now(),
    };
    const counts = countPods(situation);
    const steps = set.metadata.deletionTimestamp ? [] : planSteps({ ...situation, ...counts });
    await this.#writeStatus(set, finished(set, { ...counts, ...revisionNames(situation), collisionCount }));
    for (const step of steps)
      await this.#take(set, step, step.type === 'create' && step.revision === 'current' ? current : update);
    const used = new Set([
      situation.currentRevision,
      situation.updateRevision,
      ...members.map(pod => revisionOfPod(pod) ?? ''),
    ]);
    await forgetRevisions(client, revisions, used, set.spec?.revisionHistoryLimit ?? 10);
    return { requeueAfterMs: nextAvailabilityMs(situation) };
  }

  async #take(set: StatefulSet, step: Step, revision: ControllerRevision): Promise<void> {
    if (step.type === 'create') await this.#create(set, step.ordinal, revision);
    else await this.#delete(set, step.pod, step.why);
  }

  async #create(set: StatefulSet, ordinal: number, revision: ControllerRevision): Promise<void> {
    const { client } = this.#environment;
    const pod = podForSet(set, revision, ordinal);
    const what = `Pod ${pod.metadata!.name} in StatefulSet ${set.metadata.name}`;
    try {
      for (const claim of claimsFor(set, ordinal).values()) {
        const { namespace, name } = claim.metadata;
        if (await orNotFound(client.get(persistentVolumeClaims, namespace!, name!))) continue;
        await client.create(persistentVolumeClaims, claim);
        this.#tell(set, 'Normal', 'SuccessfulCreate', `create Claim ${name} ${what} success`);
      }
      await client.create(pods, pod);
    } catch (error) {
      // The name is taken by this set's own pod that the cache does not show yet, or by one that must go first.
      if (!hasReason(error, 'AlreadyExists')) {
        this.#tell(set, 'Warning', 'FailedCreate', `create ${what} failed error: ${messageOf(error)}`);
      }
      throw error;
    }
    this.#tell(set, 'Normal', 'SuccessfulCreate', `create ${what} successful`);
  }

  async #delete(set: StatefulSet, pod: Pod, why: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const what = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    if (why === 'ended') {
      const state = pod.status?.phase === 'Failed' ? 'Failed' : 'Terminated';
      const message = `StatefulSet ${namespace}/${set.metadata.name} is recreating ${state.toLowerCase()} Pod ${name}`;
      this.#tell(set, state === 'Failed' ? 'Warning' : 'Normal', `Recreating${state}Pod`, message);
    }
    try {
      await orNotFound(this.#environment.client.delete(pods, namespace!, name!, { preconditions: { uid } }));
    } catch (error) {
      this.#tell(set, 'Warning', 'FailedDelete', `delete ${what} failed error: ${messageOf(error)}`);
      throw error;
    }
    this.#tell(set, 'Normal', 'SuccessfulDelete', `delete ${what} successful`);
  }

  #tell(set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#environment.events.event(set, type, reason, message);
  }

  async #writeStatus(set: StatefulSet, status: StatefulSetStatus): Promise<void> {
    const { conditions } = set.status ?? {};
    const wanted = { ...status, ...(conditions ? { conditions } : {}) };
    if (jsonEqual(comparable(set.status), comparable(wanted))) return;
    await this.#environment.client.updateStatus(statefulSets, { ...set, status: wanted });
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
