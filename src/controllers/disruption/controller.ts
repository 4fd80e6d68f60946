import { podDisruptionBudgets, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { LabelSelector } from '#api/generated/types/meta.v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '#api/generated/types/policy.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf, objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import {
  type Change,
  type ControllerEnvironment,
  defineController,
  observing,
  type ReconcileResult,
} from '#runtime/controller.ts';
import { deepEqual } from '#base/equal.ts';
import { messageOf } from '../shared/pod-control.ts';
import { isPodReady, isPodTerminal, podCondition } from '../shared/pods.ts';
import { matcherOf } from '../shared/selector.ts';
import { compareText, timeMs } from '../shared/time.ts';
import { budgetStatus, dependsOnScale, evictionWaitMs, failedStatus, overdue } from './budget.ts';
import { type Scaled, ScaleFinder, scaledKinds } from './scale.ts';

// A pod that was to be disrupted and is not after this long will not be.
const staleMs = 120_000;

/** Counts for each PodDisruptionBudget how many of its pods may be evicted now. */
export const disruptionController = defineController({
  name: 'disruption',
  component: 'controllermanager',
  setup: environment => {
    const controller = new DisruptionController(environment);
    return [
      {
        for: podDisruptionBudgets,
        watches: [
          observing(pods, change => controller.budgetsOf(change)),
          ...scaledKinds.map(ref => observing(ref, change => controller.budgetsOfScale(change))),
        ],
        concurrency: 1,
        reconcile: key => controller.reconcile(key),
      },
      {
        watches: [
          observing(pods, ({ object }) => (staleAtMs(object) === undefined ? [] : [objectKey(object)])),
        ],
        concurrency: 1,
        reconcile: key => controller.clearStale(key),
      },
    ];
  },
});

class DisruptionController {
  readonly #environment: ControllerEnvironment;
  readonly #budgets: Informer<PodDisruptionBudget>;
  readonly #pods: Informer<Pod>;
  readonly #scales: ScaleFinder;

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    this.#budgets = environment.informer(podDisruptionBudgets);
    this.#pods = environment.informer(pods);
    this.#scales = new ScaleFinder(environment.client, ref => environment.informer(ref));
  }

  budgetsOf({ object, old }: Change<Pod>): string[] {
    if (old && deepEqual(facts(old), facts(object))) return [];
    const found = this.#budgets
      .list(object.metadata.namespace)
      .filter(({ spec }) => matcherOf(spec?.selector)(object) || (old && matcherOf(spec?.selector)(old)));
    if (found.length > 1) this.#tellSeveral(object, found);
    return found.map(objectKey);
  }

  /** Pods may come and go before the cache shows the size that they follow. */
  budgetsOfScale({ object, old }: Change<Scaled>): string[] {
    if (old && old.spec?.replicas === object.spec?.replicas) return [];
    return this.#budgets.list(object.metadata.namespace).filter(dependsOnScale).map(objectKey);
  }

  /** Eviction refuses such a pod. */
  #tellSeveral(pod: Pod, budgets: readonly PodDisruptionBudget[]): void {
    const { namespace, name } = pod.metadata;
    const [first] = budgets.map(({ metadata }) => metadata.name!).sort(compareText);
    const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${first}" arbitrarily.`;
    this.#environment.events.event(pod, 'Warning', 'MultiplePodDisruptionBudgets', message);
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const budget = this.#budgets.get(key);
    if (!budget) return {};
    const { clock, events } = this.#environment;
    const members = this.#pods.list(budget.metadata.namespace).filter(matcherOf(budget.spec?.selector));
    if (members.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    let scale = 0;
    try {
      if (dependsOnScale(budget)) scale = await this.#expectedScale(budget, members);
    } catch (error) {
      await this.#fail(budget, error);
      throw error;
    }
    for (const pod of overdue(budget, members, clock.now())) {
      const message = `Pod was expected by PDB ${key} to be deleted but it wasn't`;
      events.event(pod, 'Warning', 'NotDeleted', message);
    }
    const status = budgetStatus(budget, members, scale, clock.now());
    await this.#write(budget, status);
    const waits = Object.values(status.disruptedPods ?? {}).map(
      since => timeMs(since) + evictionWaitMs - clock.now(),
    );
    return waits.length > 0 ? { requeueAfterMs: Math.max(1, Math.min(...waits)) } : {};
  }

  async #expectedScale(budget: PodDisruptionBudget, members: readonly Pod[]): Promise<number> {
    const { scale, unmanaged } = await this.#scales.expected(members);
    if (unmanaged.length > 0) {
      const message =
        `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget.spec?.selector)}) were found ` +
        'to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
        'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
      this.#environment.events.event(budget, 'Warning', 'UnmanagedPods', message);
    }
    return scale;
  }

  /** Nothing may be disrupted while nobody knows how many pods there should be. */
  async #fail(budget: PodDisruptionBudget, error: unknown): Promise<void> {
    const { clock, events } = this.#environment;
    const message = messageOf(error);
    const text = `Failed to calculate the number of expected pods: ${message}`;
    events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', text);
    await this.#write(budget, failedStatus(budget, message, clock.now()));
  }

  async #write(budget: PodDisruptionBudget, status: PodDisruptionBudgetStatus): Promise<void> {
    if (deepEqual(counted(budget), counted({ ...budget, status }))) return;
    await this.#environment.client.updateStatus(podDisruptionBudgets, { ...budget, status });
  }

  /** A pod that says it is to be disrupted, and was not, says so no longer. */
  async clearStale(key: string): Promise<ReconcileResult> {
    const { client, clock } = this.#environment;
    const pod = this.#pods.get(key);
    const atMs = pod && staleAtMs(pod);
    if (atMs === undefined) return {};
    const leftMs = atMs - clock.now();
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    const { namespace, name, uid, resourceVersion, generation } = pod!.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'False',
      reason: null,
      message: null,
      lastTransitionTime: toRfc3339(clock.now()),
      ...(generation ? { observedGeneration: generation } : {}),
    };
    const patch = { metadata: { uid, resourceVersion }, status: { conditions: [condition] } };
    try {
      await orNotFound(client.patch(pods, namespace!, name!, 'strategic', patch, { subresource: 'status' }));
    } catch (error) {
      // It has changed meanwhile: the change itself leads back here.
      if (!hasReason(error, 'Conflict')) throw error;
    }
    return {};
  }
}

/** When the pod's word that it is to be disrupted counts for nothing any more; undefined: it gives none. */
function staleAtMs(pod: Pod): number | undefined {
  if (pod.metadata.deletionTimestamp || isPodTerminal(pod)) return undefined;
  const target = podCondition(pod, 'DisruptionTarget');
  // A kubelet may take any time to end a pod.
  if (target?.status !== 'True' || target.reason === 'TerminationByKubelet') return undefined;
  return timeMs(target.lastTransitionTime) + staleMs;
}

/** As Go prints it. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.keys(matchLabels)
    .sort(compareText)
    .map(key => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

function facts(pod: Pod): unknown {
  const { labels, deletionTimestamp } = pod.metadata;
  return [labels, deletionTimestamp, controllerOf(pod)?.uid, isPodReady(pod)];
}

/** Counts that are zero may be left out by the server. */
function counted({ status }: PodDisruptionBudget): unknown {
  return {
    ...status,
    disruptedPods: status?.disruptedPods ?? {},
    disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    expectedPods: status?.expectedPods ?? 0,
  };
}
