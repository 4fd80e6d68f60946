import { persistentVolumeClaims, persistentVolumes } from '#api/generated/refs.ts';
import type { PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { quantityValue } from '#machinery/quantity.ts';
import { defineController, observing } from '#runtime/controller.ts';

const message = 'waiting for an external controller to expand this PVC';

/**
 * Says of claims that are to grow whom they wait for: no kind of volume of ours can grow by itself, and a driver's own
 * resizer does the work, and keeps the claim's conditions.
 */
export const volumeExpandController = defineController({
  name: 'persistentvolume-expander',
  component: 'volume_expand',
  setup: ({ client, events, informer }) => {
    const claims = informer(persistentVolumeClaims);
    return {
      watches: [
        observing(persistentVolumeClaims, ({ object, old }) => {
          const grows = !old || wanted(object) > wanted(old) || old.status?.phase !== object.status?.phase;
          return object.status?.phase === 'Bound' && grows ? [objectKey(object)] : [];
        }),
      ],
      reconcile: async key => {
        const claim = claims.get(key);
        if (claim?.status?.phase !== 'Bound' || !claim.spec?.volumeName) return;
        if (wanted(claim) <= quantityValue(claim.status.capacity?.storage ?? '0')) return;
        const volume = await orNotFound(client.get(persistentVolumes, '', claim.spec.volumeName));
        if (volume?.spec?.claimRef?.uid !== claim.metadata.uid) {
          throw new Error(`persistent Volume is not bound to PVC being updated : ${key}`);
        }
        events.event(claim, 'Normal', 'ExternalExpanding', message);
      },
    };
  },
});

function wanted({ spec }: PersistentVolumeClaim): number {
  return quantityValue(spec?.resources?.requests?.storage ?? '0');
}
