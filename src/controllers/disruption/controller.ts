import {
  deployments,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import type { Lister } from '#client/informer.ts';
import { controllerOf, type KubeObject, objectKey } from '#machinery/object.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { jsonEqual } from '../shared/equal.ts';
import { isPodReady, isPodTerminal } from '../shared/pods.ts';
import { matcherOf } from '../shared/selector.ts';
import { timeMs } from '../shared/time.ts';
import { budgetStatus, dependsOnScale, evictionWaitMs } from './budget.ts';

interface Scaled extends KubeObject {
  readonly spec?: { readonly replicas?: number };
}

/** Counts for each PodDisruptionBudget how many of its pods may be evicted now. */
export const disruptionController = defineController({
  name: 'disruption',
  component: 'controllermanager',
  setup: ({ client, clock, events, informer }) => {
    const budgets = informer(podDisruptionBudgets);
    const podInformer = informer(pods);
    const setInformer = informer(replicaSets);
    const deploymentInformer = informer(deployments);
    const scaled = new Map<string, Lister<Scaled>>([
      ['ReplicaSet', setInformer],
      ['ReplicationController', informer(replicationControllers)],
      ['StatefulSet', informer(statefulSets)],
    ]);

    const budgetsOf = ({ object, old }: { object: Pod; old?: Pod }) => {
      if (old && jsonEqual(facts(old), facts(object))) return [];
      return budgets
        .list(object.metadata.namespace)
        .filter(budget => matcherOf(budget.spec?.selector)(object))
        .map(objectKey);
    };

    /** The Deployment, set or controller that says how many pods like this one there should be. */
    const scaleOf = (pod: Pod): Scaled | undefined => {
      const reference = controllerOf(pod);
      if (!reference) return undefined;
      const place = `${pod.metadata.namespace}/`;
      const found = scaled.get(reference.kind)?.get(place + reference.name);
      if (found?.metadata.uid !== reference.uid) return undefined;
      const above = controllerOf(found!);
      const deployment =
        above?.kind === 'Deployment' ? deploymentInformer.get(place + above.name) : undefined;
      return deployment ?? found;
    };

    const expectedScale = (members: readonly Pod[]): number => {
      const controllers = new Map<string, number>();
      for (const pod of members) {
        const controller = scaleOf(pod);
        if (controller) controllers.set(controller.metadata.uid!, controller.spec?.replicas ?? 1);
      }
      return [...controllers.values()].reduce((total, replicas) => total + replicas, 0);
    };

    const reconcile = async (key: string) => {
      const budget = budgets.get(key);
      if (!budget) return {};
      const matches = matcherOf(budget.spec?.selector);
      const members = podInformer
        .list(budget.metadata.namespace)
        .filter(pod => matches(pod) && !isPodTerminal(pod));
      if (members.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
      const scale = dependsOnScale(budget) ? expectedScale(members) : 0;
      const status = budgetStatus(budget, members, scale, clock.now());
      if (!jsonEqual(counted(budget), counted({ ...budget, status }))) {
        await client.updateStatus(podDisruptionBudgets, { ...budget, status });
      }
      const waits = Object.values(status.disruptedPods ?? {}).map(
        since => timeMs(since) + evictionWaitMs - clock.now(),
      );
      return waits.length > 0 ? { requeueAfterMs: Math.max(1, ...waits) } : {};
    };

    return { for: podDisruptionBudgets, watches: [observing(pods, budgetsOf)], concurrency: 1, reconcile };
  },
});

function facts(pod: Pod): unknown {
  return [pod.metadata.labels, pod.metadata.deletionTimestamp, isPodReady(pod), isPodTerminal(pod)];
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
