import { persistentVolumeClaims, pods } from '#api/generated/refs.ts';
import type { PersistentVolumeClaim, Pod, Volume } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { type Change, defineController, observing } from '#runtime/controller.ts';
import { controllerReference, isControlledBy } from '#runtime/ownership.ts';
import { messageOf } from '../shared/pod-control.ts';
import { unseenMs } from '../shared/unseen.ts';

const claimIndex = 'ephemeralvolume/claim';

/** Makes the claims of pods' generic ephemeral volumes; the garbage collector deletes them with the pods (KEP-1698). */
export const ephemeralVolumeController = defineController({
  name: 'ephemeral-volume',
  component: 'ephemeral_volume',
  setup: ({ client, events, informer }) => {
    const podInformer = informer(pods);
    const claims = informer(persistentVolumeClaims);
    // Keys of pods that a claim was taken from: a claim that goes because its pod did would be made without end.
    const robbed = new Set<string>();
    podInformer.addIndex(claimIndex, pod => ephemeral(pod).map(volume => claimKeyOf(pod, volume)));

    /** Whether the claim had to be made. */
    const ensure = async (pod: Pod, volume: Volume): Promise<boolean> => {
      const key = claimKeyOf(pod, volume);
      const claim = claims.get(key);
      if (claim) {
        if (isControlledBy(claim, pod)) return false;
        const text = `PVC ${key} was not created for pod ${objectKey(pod)} (pod is not owner)`;
        throw new Error(text);
      }
      const { metadata, spec } = volume.ephemeral!.volumeClaimTemplate!;
      const { labels, annotations } = metadata ?? {};
      const { namespace } = pod.metadata;
      const name = claimNameOf(pod, volume);
      try {
        await client.create(persistentVolumeClaims, {
          metadata: {
            namespace,
            name,
            ownerReferences: [controllerReference(pods, pod)],
            ...(labels ? { labels } : {}),
            ...(annotations ? { annotations } : {}),
          },
          spec,
        });
      } catch (error) {
        throw new Error(`create PVC ${name}: ${messageOf(error)}`);
      }
      return true;
    };

    const podsRobbed = ({ type, object }: Change<PersistentVolumeClaim>) => {
      if (type !== 'deleted') return [];
      const keys = podInformer.byIndex(claimIndex, objectKey(object)).map(objectKey);
      for (const key of keys) robbed.add(key);
      return keys;
    };

    /** Asks past the cache. */
    const isThere = async ({ metadata: { namespace, name, uid } }: Pod): Promise<boolean> =>
      (await orNotFound(client.get(pods, namespace!, name!)))?.metadata.uid === uid;

    return {
      watches: [
        observing(pods, ({ type, object }) => {
          if (type === 'deleted') robbed.delete(objectKey(object));
          return type === 'deleted' || ephemeral(object).length === 0 ? [] : [objectKey(object)];
        }),
        observing(persistentVolumeClaims, podsRobbed),
      ],
      reconcile: async key => {
        const pod = podInformer.get(key);
        if (!pod || pod.metadata.deletionTimestamp) return {};
        if (robbed.has(key) && !(await isThere(pod))) return {};
        robbed.delete(key);
        let isUnseen = false;
        for (const volume of ephemeral(pod)) {
          try {
            if (await ensure(pod, volume)) isUnseen = true;
          } catch (error) {
            const text = `ephemeral volume ${volume.name}: ${messageOf(error)}`;
            events.event(pod, 'Warning', 'FailedBinding', text);
            throw new Error(`pod ${key}, ${text}`);
          }
        }
        return isUnseen ? { requeueAfterMs: unseenMs } : {};
      },
    };
  },
});

function ephemeral({ spec }: Pod): Volume[] {
  return (spec?.volumes ?? []).filter(volume => volume.ephemeral?.volumeClaimTemplate);
}

function claimNameOf({ metadata }: Pod, { name }: Volume): string {
  return `${metadata.name}-${name}`;
}

function claimKeyOf(pod: Pod, volume: Volume): string {
  return `${pod.metadata.namespace}/${claimNameOf(pod, volume)}`;
}
