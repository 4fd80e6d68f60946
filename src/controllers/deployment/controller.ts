import { deployments, pods, replicaSets } from '#api/generated/refs.ts';
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';
import { controllerOf, objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import {
  type Change,
  type ControllerEnvironment,
  controllerKeys,
  defineController,
  observing,
  type ReconcileResult,
  watching,
} from '#runtime/controller.ts';
import { claimObjects, controllerReference } from '#runtime/ownership.ts';
import { deepEqual } from '#base/equal.ts';
import { templateHash } from '../shared/hash.ts';
import { indexByController, owned, ownedOrOrphaned } from '../shared/owned.ts';
import { isNamespaceTerminating, messageOf } from '../shared/pod-control.ts';
import { isPodTerminal } from '../shared/pods.ts';
import { isEmptySelector, matcherOf } from '../shared/selector.ts';
import { rollbackTarget, rolledBack } from './rollback.ts';
import {
  currentSetSize,
  emptyOldSets,
  isScalingEvent,
  type Resize,
  rollingStep,
  scaleStep,
  setsToForget,
} from './rollout.ts';
import {
  currentSetAnnotations,
  nextRevision,
  revisionAnnotation,
  type Sets,
  sameTemplate,
  scaleAnnotations,
  sizeOf,
  sortOut,
  templateHashLabel,
} from './sets.ts';
import {
  condition,
  countedStatus,
  deadlineCheckMs,
  hasDeadline,
  isComplete,
  progressing,
  progressReasons,
  rolloutStatus,
  withCondition,
} from './status.ts';

/** Rolls a Deployment's pods from one template to the next, by way of ReplicaSets. */
export const deploymentController = defineController({
  name: 'deployment',
  setup: environment => {
    const controller = new DeploymentController(environment);
    return {
      for: deployments,
      watches: [
        watching(replicaSets, set => controller.keysOfSet(set)),
        observing(pods, change => controller.keysOfPod(change)),
      ],
      concurrency: 5,
      reconcile: key => controller.reconcile(key),
    };
  },
});

class DeploymentController {
  readonly #environment: ControllerEnvironment;
  readonly #deployments: Informer<Deployment>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  readonly #ownerKeys = controllerKeys(deployments);

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    this.#deployments = environment.informer(deployments);
    this.#sets = environment.informer(replicaSets);
    this.#pods = environment.informer(pods);
    indexByController(this.#sets);
    indexByController(this.#pods);
  }

  keysOfSet(set: ReplicaSet): string[] {
    if (controllerOf(set)) return this.#ownerKeys(set);
    const candidates = this.#deployments.list(set.metadata.namespace);
    return candidates.filter(deployment => matches(deployment, set)).map(objectKey);
  }

  /** A Recreate rollout waits for the last old pod to go. */
  keysOfPod({ type, object }: Change<Pod>): string[] {
    if (type !== 'deleted') return [];
    const reference = controllerOf(object);
    if (reference?.kind !== 'ReplicaSet') return [];
    const set = this.#sets.get(`${object.metadata.namespace}/${reference.name}`);
    if (!set || set.metadata.uid !== reference.uid) return [];
    return this.#ownerKeys(set).filter(
      key => this.#deployments.get(key)?.spec?.strategy?.type === 'Recreate',
    );
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const deployment = this.#deployments.get(key);
    if (!deployment) return {};
    if (isEmptySelector(deployment.spec?.selector)) return this.#refuseSelector(deployment);
    const sets = sortOut(deployment, await this.#claimSets(deployment));
    if (deployment.metadata.deletionTimestamp)
      return this.#writeStatus(deployment, countedOf(sets, this.#nowMs));
    return this.#sync(await this.#notePause(deployment), sets);
  }

  get #nowMs(): number {
    return this.#environment.clock.now();
  }

  async #sync(deployment: Deployment, sets: Sets): Promise<ReconcileResult> {
    const target = deployment.spec?.paused ? undefined : rollbackTarget(deployment);
    if (target !== undefined) return this.#rollBack(deployment, sets, target);
    if (deployment.spec?.paused || isScalingEvent(deployment, sets)) return this.#scaleOnly(deployment, sets);
    if (deployment.spec?.strategy?.type === 'Recreate') return this.#recreate(deployment, sets);
    return this.#roll(deployment, sets);
  }

  async #refuseSelector(deployment: Deployment): Promise<ReconcileResult> {
    this.#environment.events.event(
      deployment,
      'Warning',
      'SelectingAll',
      'This deployment is selecting all pods. A non-empty selector is required.',
    );
    const { generation } = deployment.metadata;
    if ((deployment.status?.observedGeneration ?? 0) < (generation ?? 0)) {
      await this.#update(deployment, { ...deployment.status, observedGeneration: generation });
    }
    return {};
  }

  #claimSets(deployment: Deployment): Promise<ReplicaSet[]> {
    const claim = {
      client: this.#environment.client,
      ref: replicaSets,
      ownerRef: deployments,
      owner: deployment,
      matches: (set: ReplicaSet) => matches(deployment, set),
    };
    return claimObjects(claim, ownedOrOrphaned(this.#sets, deployment));
  }

  /** Shows pausing and resuming in the Progressing condition; a deadline that has passed stays shown. */
  async #notePause(deployment: Deployment): Promise<Deployment> {
    const current = progressing(deployment);
    if (!hasDeadline(deployment) || current?.reason === progressReasons.timedOut) return deployment;
    const paused = deployment.spec?.paused ?? false;
    const shown = current?.reason === progressReasons.paused;
    if (paused === shown) return deployment;
    const next = paused
      ? condition('Progressing', 'Unknown', progressReasons.paused, 'Deployment is paused', this.#nowMs)
      : condition('Progressing', 'Unknown', progressReasons.resumed, 'Deployment is resumed', this.#nowMs);
    return this.#update(deployment, withCondition(deployment.status ?? {}, next));
  }

  async #rollBack(deployment: Deployment, sets: Sets, revision: bigint): Promise<ReconcileResult> {
    const [known, noted] = await this.#ensureCurrentSet(deployment, sets);
    const { type, reason, message, deployment: changed } = rolledBack(noted, known, revision);
    await this.#environment.client.update(deployments, changed);
    this.#environment.events.event(deployment, type, reason, message);
    return {};
  }

  async #scaleOnly(deployment: Deployment, sets: Sets): Promise<ReconcileResult> {
    const [known, noted] = await this.#noteCurrentSet(deployment, sets);
    const resized = await this.#resizeAll(noted, known, scaleStep(noted, known));
    if (noted.spec?.paused) await this.#forgetOldSets(noted, resized);
    return this.#writeStatus(noted, deployed => countedStatus(deployed, resized, this.#nowMs));
  }

  async #roll(deployment: Deployment, sets: Sets): Promise<ReconcileResult> {
    const [known, noted] = await this.#ensureCurrentSet(deployment, sets);
    const steps = rollingStep(noted, known);
    const resized = await this.#resizeAll(noted, known, steps);
    return this.#finish(noted, resized, steps.length > 0);
  }

  async #recreate(deployment: Deployment, sets: Sets): Promise<ReconcileResult> {
    let [known, noted] = await this.#noteCurrentSet(deployment, sets);
    const emptied = emptyOldSets(known);
    if (emptied.length > 0) return this.#finish(noted, await this.#resizeAll(noted, known, emptied), true);
    if (this.#oldPodsRun(known)) return this.#finish(noted, known, true);
    if (!known.current) [known, noted] = await this.#ensureCurrentSet(noted, known);
    const wanted = currentSetSize(noted, known, sizeOf(known.current!));
    const resized = await this.#resizeAll(noted, known, [{ set: known.current!, replicas: wanted }]);
    return this.#finish(noted, resized, false);
  }

  /** A pod that was asked to go still runs until it is gone. */
  #oldPodsRun(sets: Sets): boolean {
    return sets.old.some(
      set => (set.status?.replicas ?? 0) > 0 || owned(this.#pods, set).some(pod => !isPodTerminal(pod)),
    );
  }

  async #finish(deployment: Deployment, sets: Sets, moving: boolean): Promise<ReconcileResult> {
    if (!moving && isComplete(deployment, deployment.status ?? {}))
      await this.#forgetOldSets(deployment, sets);
    return this.#writeStatus(deployment, current => rolloutStatus(current, sets, this.#nowMs));
  }

  async #forgetOldSets(deployment: Deployment, sets: Sets): Promise<void> {
    for (const set of setsToForget(deployment, sets.old)) {
      const { namespace, name } = set.metadata;
      try {
        await this.#environment.client.delete(replicaSets, namespace!, name!);
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
  }

  /** Brings the current set's annotations up to date where there is one, and the Deployment's revision with them. */
  async #noteCurrentSet(deployment: Deployment, sets: Sets): Promise<[Sets, Deployment]> {
    const { current } = sets;
    if (!current) return [sets, deployment];
    const annotations = currentSetAnnotations(
      deployment,
      current.metadata.annotations ?? {},
      nextRevision(sets.old),
    );
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
    const fresh =
      deepEqual(annotations, current.metadata.annotations ?? {}) &&
      (current.spec?.minReadySeconds ?? 0) === minReadySeconds;
    const noted = fresh
      ? current
      : await this.#environment.client.update(replicaSets, {
          ...current,
          metadata: { ...current.metadata, annotations },
          spec: { ...current.spec!, minReadySeconds },
        });
    const message = `Found new replica set ${JSON.stringify(noted.metadata.name)}`;
    const isFound = hasDeadline(deployment) && !progressing(deployment);
    const found = condition('Progressing', 'True', progressReasons.found, message, this.#nowMs);
    return [{ ...sets, current: noted }, await this.#noteSet(deployment, noted, isFound ? found : undefined)];
  }

  async #ensureCurrentSet(deployment: Deployment, sets: Sets): Promise<[Sets, Deployment]> {
    if (sets.current) return this.#noteCurrentSet(deployment, sets);
    const { set, isNew } = await this.#createSet(deployment, sets);
    const name = set.metadata.name!;
    if (isNew && sizeOf(set) > 0) this.#tellScaled(deployment, 'up', name, 0, sizeOf(set));
    const message = `Created new replica set ${JSON.stringify(name)}`;
    const made = condition('Progressing', 'True', progressReasons.created, message, this.#nowMs);
    const progress = isNew && hasDeadline(deployment) ? made : undefined;
    return [{ ...sets, current: set }, await this.#noteSet(deployment, set, progress)];
  }

  async #createSet(deployment: Deployment, sets: Sets): Promise<{ set: ReplicaSet; isNew: boolean }> {
    const wanted = newSet(deployment, sets);
    try {
      return { set: await this.#environment.client.create(replicaSets, wanted), isNew: true };
    } catch (error) {
      if (isNamespaceTerminating(error)) throw error;
      if (!hasReason(error, 'AlreadyExists')) return this.#creationFailed(deployment, wanted, error);
      return { set: await this.#takenName(deployment, wanted, error), isNew: false };
    }
  }

  /** The cache was behind and the set is ours after all; or two templates share a hash, and the next differs. */
  async #takenName(deployment: Deployment, wanted: Partial<ReplicaSet>, error: unknown): Promise<ReplicaSet> {
    const { namespace, name } = wanted.metadata!;
    const found = await this.#environment.client.get(replicaSets, namespace!, name!);
    const ours = controllerOf(found)?.uid === deployment.metadata.uid;
    if (ours && sameTemplate(found.spec?.template, deployment.spec?.template)) return found;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await this.#update(deployment, { ...deployment.status, collisionCount });
    throw error;
  }

  async #creationFailed(deployment: Deployment, wanted: Partial<ReplicaSet>, error: unknown): Promise<never> {
    const message = `Failed to create new replica set ${JSON.stringify(wanted.metadata?.name)}: ${messageOf(error)}`;
    this.#environment.events.event(deployment, 'Warning', progressReasons.createFailed, message);
    if (hasDeadline(deployment)) {
      const failed = condition('Progressing', 'False', progressReasons.createFailed, message, this.#nowMs);
      await this.#update(deployment, withCondition(deployment.status ?? {}, failed));
    }
    throw error;
  }

  /** Shows the revision of the current set, and what that means for the rollout: no new generation comes of it. */
  async #noteSet(
    deployment: Deployment,
    set: ReplicaSet,
    progress: DeploymentCondition | undefined,
  ): Promise<Deployment> {
    const revision = set.metadata.annotations?.[revisionAnnotation];
    if (!progress && deployment.metadata.annotations?.[revisionAnnotation] === revision) return deployment;
    const annotations = { ...deployment.metadata.annotations };
    if (revision === undefined) delete annotations[revisionAnnotation];
    else annotations[revisionAnnotation] = revision;
    const status = deployment.status ?? {};
    // With a template that is out of date, an old set looks current and its revision newest: that write must fail.
    return this.#update(
      { ...deployment, metadata: { ...deployment.metadata, annotations } },
      progress ? withCondition(status, progress) : status,
    );
  }

  async #resizeAll(deployment: Deployment, sets: Sets, steps: readonly Resize[]): Promise<Sets> {
    const changed = new Map<ReplicaSet, ReplicaSet>();
    for (const step of steps) changed.set(step.set, await this.#resize(deployment, step));
    const after = (set: ReplicaSet) => changed.get(set) ?? set;
    return { current: sets.current && after(sets.current), old: sets.old.map(after) };
  }

  async #resize(deployment: Deployment, { set, replicas }: Resize): Promise<ReplicaSet> {
    const before = sizeOf(set);
    const annotations = { ...set.metadata.annotations, ...scaleAnnotations(deployment) };
    if (before === replicas && deepEqual(annotations, set.metadata.annotations)) return set;
    const resized = await this.#environment.client.update(replicaSets, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec!, replicas },
    });
    if (before !== replicas) {
      this.#tellScaled(deployment, before < replicas ? 'up' : 'down', set.metadata.name!, before, replicas);
    }
    return resized;
  }

  #tellScaled(deployment: Deployment, way: 'up' | 'down', name: string, from: number, to: number): void {
    const message = `Scaled ${way} replica set ${name} from ${from} to ${to}`;
    this.#environment.events.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  async #writeStatus(
    deployment: Deployment,
    statusOf: (deployment: Deployment) => DeploymentStatus,
  ): Promise<ReconcileResult> {
    const status = statusOf(deployment);
    if (deepEqual(comparable(deployment.status), comparable(status))) {
      return { requeueAfterMs: deadlineCheckMs(deployment, status, this.#nowMs) };
    }
    await this.#update(deployment, status);
    return {};
  }

  #update(deployment: Deployment, status: DeploymentStatus): Promise<Deployment> {
    return this.#environment.client.updateStatus(deployments, { ...deployment, status });
  }
}

function countedOf(sets: Sets, nowMs: number): (deployment: Deployment) => DeploymentStatus {
  return deployment => countedStatus(deployment, sets, nowMs);
}

function matches(deployment: Deployment, set: ReplicaSet): boolean {
  const selector = deployment.spec?.selector;
  return !isEmptySelector(selector) && matcherOf(selector)(set);
}

function newSet(deployment: Deployment, sets: Sets): Partial<ReplicaSet> {
  const { template, selector, minReadySeconds } = deployment.spec!;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  return {
    metadata: {
      namespace: deployment.metadata.namespace,
      name: `${deployment.metadata.name}-${hash}`,
      labels,
      annotations: currentSetAnnotations(deployment, undefined, nextRevision(sets.old)),
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas: currentSetSize(deployment, sets, 0),
      minReadySeconds: minReadySeconds ?? 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Counts that are zero may be left out by the server. */
function comparable(status: DeploymentStatus | undefined): unknown {
  return {
    ...status,
    replicas: status?.replicas ?? 0,
    updatedReplicas: status?.updatedReplicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    unavailableReplicas: status?.unavailableReplicas ?? 0,
    conditions: status?.conditions ?? [],
  };
}
