import { persistentVolumeClaims, pods } from '#api/generated/refs.ts';
import type { PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { defineController, watching } from '#runtime/controller.ts';
import { isControlledBy } from '#runtime/ownership.ts';
import { volumeClaimKeysOf, volumeClaimsOf } from '../shared/pod-volumes.ts';
import { unseenMs } from '../shared/unseen.ts';

const finalizer = 'kubernetes.io/pvc-protection';
const claimIndex = 'pvc-protection/claim';

/** Lets claims that are being deleted go once no pod that has a node names them. */
export const persistentVolumeClaimProtectionController = defineController({
  name: 'pvc-protection',
  setup: ({ client, informer }) => {
    const claims = informer(persistentVolumeClaims);
    const podInformer = informer(pods);
    podInformer.addIndex(claimIndex, volumeClaimKeysOf);

    const uses = (pod: Pod, claim: PersistentVolumeClaim) =>
      Boolean(pod.spec?.nodeName) &&
      volumeClaimsOf(pod).some(
        ({ key, made }) =>
          key === objectKey(claim) && (!made || (isControlledBy(claim, pod) && !isShutDown(pod))),
      );

    return {
      for: persistentVolumeClaims,
      watches: [watching(pods, volumeClaimKeysOf)],
      reconcile: async key => {
        const claim = claims.get(key);
        const { deletionTimestamp, finalizers = [], namespace } = claim?.metadata ?? {};
        if (!claim || !deletionTimestamp || !finalizers.includes(finalizer)) return {};
        if (podInformer.byIndex(claimIndex, key).some(pod => uses(pod, claim))) return {};
        // The cache may be behind: before a claim goes, the API is asked as well.
        const { items } = await client.list(pods, namespace!);
        if (items.some(pod => uses(pod, claim))) return { requeueAfterMs: unseenMs };
        const metadata = { ...claim.metadata, finalizers: finalizers.filter(each => each !== finalizer) };
        await orNotFound(client.update(persistentVolumeClaims, { ...claim, metadata }));
        return {};
      },
    };
  },
});

/** Its kubelet is done with it: only finalizers keep it, and they may wait for its claims in turn. */
function isShutDown({ metadata }: Pod): boolean {
  return Boolean(metadata.deletionTimestamp) && metadata.deletionGracePeriodSeconds === 0;
}
