import { pods, resourceClaims, resourceSlices } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { ResourceSlice } from '#api/generated/types/resource.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController, observing, watching } from '#runtime/controller.ts';
import { claimKeysOf, isReservedFor } from '#runtime/pod-claims.ts';
import { markDisrupted } from '../shared/disruption.ts';
import { deepEqual } from '#base/equal.ts';
import { isPodTerminal } from '../shared/pods.ts';
import { evictionMs } from './taints.ts';

const claimIndex = 'devicetainteviction/claim';

/** Deletes pods whose allocated devices have NoExecute taints that they do not tolerate, or no longer do (KEP-5055). */
export const deviceTaintEvictionController = defineController({
  name: 'device-taint-eviction',
  component: 'device-taint-eviction',
  setup: ({ client, clock, events, informer }) => {
    const podInformer = informer(pods);
    const claims = informer(resourceClaims);
    const slices = informer(resourceSlices);
    podInformer.addIndex(claimIndex, claimKeysOf);
    const waiting = new Set<string>();

    const tell = (pod: Pod, message: string) =>
      events.event(pod, 'Normal', 'DeviceTaintManagerEviction', message);
    const podsOfPool = ({ spec }: ResourceSlice) =>
      claims
        .list()
        .filter(({ status }) =>
          status?.allocation?.devices?.results?.some(
            ({ driver, pool }) => driver === spec.driver && pool === spec.pool.name,
          ),
        )
        .flatMap(claim => podInformer.byIndex(claimIndex, objectKey(claim)))
        .map(objectKey);

    const evictionOf = (pod: Pod): number | undefined => {
      const times = claimKeysOf(pod).flatMap(key => {
        const claim = claims.get(key);
        return claim && isReservedFor(pod, claim) ? (evictionMs(claim, slices.list()) ?? []) : [];
      });
      return times.length > 0 ? Math.min(...times) : undefined;
    };

    const evict = async (pod: Pod): Promise<void> => {
      const { namespace, name, uid } = pod.metadata;
      const message = 'Device Taint manager: deleting due to NoExecute taint';
      tell(pod, 'Marking for deletion');
      try {
        await markDisrupted(client, pod, { reason: 'DeletionByDeviceTaintManager', message }, clock.now());
        await client.delete(pods, namespace!, name!, { preconditions: { uid } });
      } catch (error) {
        // Gone, or another pod has the name now.
        if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
        const live = await orNotFound(client.get(pods, namespace!, name!));
        if (live?.metadata.uid === uid) throw error;
      }
    };

    return {
      watches: [
        observing(pods, ({ type, object, old }) => {
          if (type === 'deleted') waiting.delete(object.metadata.uid!);
          const isSame = old && old.spec?.nodeName === object.spec?.nodeName;
          const mayMatter = !isSame || !deepEqual(claimKeysOf(old), claimKeysOf(object));
          return type !== 'deleted' && mayMatter && claimKeysOf(object).length > 0 ? [objectKey(object)] : [];
        }),
        observing(resourceClaims, ({ object }) =>
          podInformer.byIndex(claimIndex, objectKey(object)).map(objectKey),
        ),
        watching(resourceSlices, podsOfPool),
      ],
      concurrency: 8,
      reconcile: async key => {
        const pod = podInformer.get(key);
        if (!pod?.spec?.nodeName || pod.metadata.deletionTimestamp || isPodTerminal(pod)) return {};
        const { uid } = pod.metadata;
        const atMs = evictionOf(pod);
        if (atMs === undefined) {
          if (waiting.delete(uid!)) tell(pod, 'Cancelling deletion');
          return {};
        }
        const leftMs = atMs - clock.now();
        if (leftMs > 0) {
          waiting.add(uid!);
          return { requeueAfterMs: leftMs };
        }
        waiting.delete(uid!);
        await evict(pod);
        return {};
      },
    };
  },
});
