import { pods, resourceClaims, resourceClaimTemplates } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { objectKey } from '#machinery/object.ts';
import { defineController, observing, watching } from '#runtime/controller.ts';
import { claimKeysOf } from '#runtime/pod-claims.ts';
import { deepEqual } from '#base/equal.ts';
import { indexByController, owned } from '../shared/owned.ts';
import { isPodDone } from '../shared/pods.ts';
import { ClaimSync } from './claims.ts';
import { PodSync } from './pods.ts';

const claimIndex = 'resourceclaim/claim';
const templateIndex = 'resourceclaim/template';
const concurrency = 10;

/** Makes the ResourceClaims of pods that name templates, and keeps who a claim is reserved for (KEP-4381). */
export const resourceClaimController = defineController({
  name: 'resourceclaim',
  component: 'resource_claim',
  setup: environment => {
    const podInformer = environment.informer(pods);
    const claims = environment.informer(resourceClaims);
    const templates = environment.informer(resourceClaimTemplates);
    podInformer.addIndex(claimIndex, claimKeysOf);
    podInformer.addIndex(templateIndex, templateKeysOf);
    indexByController(claims);
    const podSync = new PodSync(environment, { pods: podInformer, claims, templates });
    const claimSync = new ClaimSync(environment.client, claims, podInformer);
    const podsBy = (index: string) => (object: Parameters<typeof objectKey>[0]) =>
      podInformer.byIndex(index, objectKey(object)).map(objectKey);
    return [
      {
        watches: [
          observing(pods, ({ type, object }) => {
            if (type === 'deleted') podSync.forget(object);
            return type === 'deleted' || !object.spec?.resourceClaims?.length ? [] : [objectKey(object)];
          }),
          observing(resourceClaims, ({ object }) => {
            podSync.seen(object);
            return podsBy(claimIndex)(object);
          }),
          observing(resourceClaimTemplates, ({ object }) => podsBy(templateIndex)(object)),
        ],
        concurrency,
        reconcile: key => podSync.sync(key),
      },
      {
        watches: [
          watching(resourceClaims, claim => [objectKey(claim)]),
          observing(pods, ({ type, object, old }) => {
            if (type === 'deleted' || isPodDone(object)) return claimKeysOf(object);
            const { resourceClaimStatuses: known } = object.status ?? {};
            if (deepEqual(known, old?.status?.resourceClaimStatuses)) return [];
            return owned(claims, object).map(objectKey);
          }),
        ],
        concurrency,
        reconcile: key => claimSync.sync(key),
      },
    ];
  },
});

function templateKeysOf({ metadata, spec }: Pod): string[] {
  return (spec?.resourceClaims ?? []).flatMap(({ resourceClaimTemplateName: name }) =>
    name ? [`${metadata.namespace}/${name}`] : [],
  );
}
