import { persistentVolumeClaims, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController, watching } from '#runtime/controller.ts';
import { unseenMs } from '../shared/unseen.ts';

const finalizer = 'kubernetes.io/pvc-protection';
const claimIndex = 'pvc-protection/claim';

/** Lets claims that are being deleted go once no pod that has a node names them. */
export const persistentVolumeClaimProtectionController = defineController({
  name: 'pvc-protection',
  setup: ({ client, informer }) => {
    const claims = informer(persistentVolumeClaims);
    const podInformer = informer(pods);
    podInformer.addIndex(claimIndex, claimKeys);

    const uses = (pod: Pod, key: string) => Boolean(pod.spec?.nodeName) && claimKeys(pod).includes(key);

    return {
      for: persistentVolumeClaims,
      watches: [watching(pods, claimKeys)],
      reconcile: async key => {
        const claim = claims.get(key);
        const { deletionTimestamp, finalizers = [], namespace } = claim?.metadata ?? {};
        if (!claim || !deletionTimestamp || !finalizers.includes(finalizer)) return {};
        if (podInformer.byIndex(claimIndex, key).some(pod => uses(pod, key))) return {};
        // The cache may be behind: before a claim goes, the API is asked as well.
        const { items } = await client.list(pods, namespace!);
        if (items.some(pod => uses(pod, key))) return { requeueAfterMs: unseenMs };
        const metadata = { ...claim.metadata, finalizers: finalizers.filter(each => each !== finalizer) };
        await orNotFound(client.update(persistentVolumeClaims, { ...claim, metadata }));
        return {};
      },
    };
  },
});

/** The claims that a pod's volumes name, those of its ephemeral volumes among them. */
function claimKeys({ metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined);
    return claim ? [`${metadata.namespace}/${claim}`] : [];
  });
}
