import * as refs from '#api/generated/refs.ts';
import type { ResourceQuota } from '#api/generated/types/core.v1.ts';
import { inScope } from '#api/quota-scopes.ts';
import { addAmounts } from '#api/pod-totals.ts';
import { countedBuckets, usageOf } from '#api/quota-usage.ts';
import type { Client } from '#client/client.ts';
import { orNotFound } from '#client/retry.ts';
import { type KubeObject, objectKey, type ResourceRef } from '#machinery/object.ts';
import { Quantity } from '#machinery/quantity.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { jsonEqual } from '../shared/equal.ts';

/** Kinds whose changes are followed; others that a quota counts are looked at now and then (--resource-quota-sync-period). */
const followed: readonly ResourceRef[] = [
  refs.configMaps,
  refs.cronJobs,
  refs.daemonSets,
  refs.deployments,
  refs.ingresses,
  refs.jobs,
  refs.persistentVolumeClaims,
  refs.pods,
  refs.replicaSets,
  refs.replicationControllers,
  refs.resourceQuotas,
  refs.secrets,
  refs.services,
  refs.statefulSets,
];
const resyncMs = 300_000;

const bucketOf = ({ group, resource }: ResourceRef) => `${group === '' ? 'core' : group}/${resource}`;

/** Keeps each quota's status in step with what its namespace uses. */
export const resourceQuotaController = defineController({
  name: 'resourcequota',
  setup: ({ client, informer }) => {
    const quotas = informer(refs.resourceQuotas);
    const informers = new Map(followed.map(ref => [bucketOf(ref), informer(ref)]));
    const inNamespace = (namespace: string | undefined) => quotas.list(namespace).map(objectKey);
    const objectsOf = async (bucket: string, namespace: string): Promise<readonly KubeObject[]> =>
      informers.get(bucket)?.list(namespace) ?? listOthers(client, bucket, namespace);
    return {
      for: refs.resourceQuotas,
      watches: followed
        .filter(ref => ref !== refs.resourceQuotas)
        .map(ref => observing(ref, ({ object }) => inNamespace(object.metadata.namespace))),
      reconcile: async key => {
        const quota = quotas.get(key);
        if (!quota) return;
        const status = await statusOf(quota, objectsOf);
        if (!jsonEqual(status, quota.status ?? {})) {
          await orNotFound(client.updateStatus(refs.resourceQuotas, { ...quota, status }));
        }
        return { requeueAfterMs: resyncMs };
      },
    };
  },
});

async function listOthers(client: Client, bucket: string, namespace: string): Promise<readonly KubeObject[]> {
  const ref = (Object.values(refs) as ResourceRef[]).find(candidate => bucketOf(candidate) === bucket);
  if (!ref?.namespaced) return [];
  return (await client.list(ref, namespace)).items;
}

async function statusOf(
  quota: ResourceQuota,
  objectsOf: (bucket: string, namespace: string) => Promise<readonly KubeObject[]>,
): Promise<NonNullable<ResourceQuota['status']>> {
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard);
  const total = new Map(names.map(name => [name, Quantity.zero]));
  for (const bucket of countedBuckets(names)) {
    for (const object of await objectsOf(bucket, quota.metadata.namespace!)) {
      if (inScope(quota, bucket, object)) addAmounts(total, usageOf(bucket, object, names));
    }
  }
  const used = Object.fromEntries([...total].map(([name, amount]) => [name, amount.toString()]));
  return names.length === 0 ? {} : { hard, used };
}
