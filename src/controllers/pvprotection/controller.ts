import { persistentVolumes } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController } from '#runtime/controller.ts';

const finalizer = 'kubernetes.io/pv-protection';

/** Lets volumes that are being deleted go once no claim is bound to them. */
export const persistentVolumeProtectionController = defineController({
  name: 'pv-protection',
  setup: ({ client, informer }) => {
    const volumes = informer(persistentVolumes);
    return {
      for: persistentVolumes,
      reconcile: async name => {
        const volume = volumes.get(name);
        const { deletionTimestamp, finalizers = [] } = volume?.metadata ?? {};
        if (!volume || !deletionTimestamp || !finalizers.includes(finalizer)) return;
        if (volume.status?.phase === 'Bound') return;
        const metadata = { ...volume.metadata, finalizers: finalizers.filter(each => each !== finalizer) };
        await orNotFound(client.update(persistentVolumes, { ...volume, metadata }));
      },
    };
  },
});
