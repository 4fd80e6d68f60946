import { nodes, pods } from '#api/generated/refs.ts';
import type { Node, Pod, Taint } from '#api/generated/types/core.v1.ts';
import { StringMap } from '#base/string-map.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { markDisrupted } from '../shared/disruption.ts';
import { deepEqual } from '#base/equal.ts';
import { podsOnNode } from '../shared/pods-on-node.ts';
import { toleratedMs } from './tolerations.ts';

const disruption = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
};

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer do. */
export const taintEvictionController = defineController({
  name: 'taint-eviction-controller',
  component: 'taint-eviction-controller',
  setup: ({ client, clock, events, informer }) => {
    const nodeInformer = informer(nodes);
    const podInformer = informer(pods);
    const podsOn = podsOnNode(podInformer);
    /** Since when each pod has been under its taints, by uid. */
    const since = new StringMap<number>();

    const cancel = (pod: Pod) => {
      if (since.delete(pod.metadata.uid!)) tell(pod, `Cancelling deletion of Pod ${objectKey(pod)}`);
    };
    const tell = (pod: Pod, message: string) => events.event(pod, 'Normal', 'TaintManagerEviction', message);

    const evict = async (pod: Pod): Promise<void> => {
      tell(pod, `Marking for deletion Pod ${objectKey(pod)}`);
      const { namespace, name, uid } = pod.metadata;
      try {
        await markDisrupted(client, pod, disruption, clock.now());
        await client.delete(pods, namespace!, name!, { preconditions: { uid } });
      } catch (error) {
        // Gone, or another pod has the name now.
        if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
        if (await orNotFound(client.get(pods, namespace!, name!))) throw error;
      }
      since.delete(uid!);
    };

    return {
      watches: [
        observing(pods, ({ type, object, old }) => {
          if (type === 'deleted') since.delete(object.metadata.uid!);
          const same =
            old &&
            old.spec?.nodeName === object.spec?.nodeName &&
            deepEqual(tolerationsOf(old), tolerationsOf(object));
          return type === 'deleted' || same || !object.spec?.nodeName ? [] : [objectKey(object)];
        }),
        observing(nodes, ({ type, object, old }) => {
          if (type === 'deleted' || deepEqual(noExecute(old), noExecute(object))) return [];
          return podsOn(object.metadata.name!).map(objectKey);
        }),
      ],
      concurrency: 8,
      reconcile: async key => {
        const pod = podInformer.get(key);
        if (!pod?.spec?.nodeName || pod.metadata.deletionTimestamp) return {};
        const taints = noExecute(nodeInformer.get(pod.spec.nodeName));
        const stayMs = toleratedMs(pod, taints);
        if (taints.length === 0 || stayMs === Number.POSITIVE_INFINITY) {
          cancel(pod);
          return {};
        }
        const nowMs = clock.monotonicMs();
        const startMs = since.get(pod.metadata.uid!) ?? nowMs;
        if (stayMs > 0) since.set(pod.metadata.uid!, startMs);
        const leftMs = startMs + stayMs - nowMs;
        if (leftMs > 0) return { requeueAfterMs: leftMs };
        await evict(pod);
        return {};
      },
    };
  },
});

function noExecute(node: Node | undefined): Taint[] {
  return (node?.spec?.taints ?? []).filter(taint => taint.effect === 'NoExecute');
}

function tolerationsOf(pod: Pod): unknown {
  return pod.spec?.tolerations ?? [];
}
