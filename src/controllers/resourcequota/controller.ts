import * as refs from '#api/generated/refs.ts';
import type { ResourceQuota } from '#api/generated/types/core.v1.ts';
import type { Amounts } from '#api/pod-totals.ts';
import { QuotaTallies, QuotaTally } from '#api/quota-tally.ts';
import { countedBuckets } from '#api/quota-usage.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { type KubeObject, objectKey, type ResourceRef } from '#machinery/object.ts';
import { type ControllerEnvironment, defineController, observing } from '#runtime/controller.ts';
import { discoverResources } from '../shared/discovery.ts';
import { deepEqual } from '#base/equal.ts';

/** Kinds that are followed from the start; others are once a quota counts them. */
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
// kube-controller-manager's --resource-quota-sync-period.
const resyncMs = 300_000;

const bucketOf = ({ group, resource }: ResourceRef) => `${group === '' ? 'core' : group}/${resource}`;

/** Keeps each quota's status in step with what its namespace uses. */
export const resourceQuotaController = defineController({
  name: 'resourcequota',
  setup: environment => {
    const { client, informer } = environment;
    const quotas = informer(refs.resourceQuotas);
    const inNamespace = (namespace: string | undefined) => quotas.list(namespace).map(objectKey);
    const counted = new CountedObjects(environment, namespace => {
      for (const key of inNamespace(namespace)) environment.enqueue(key);
    });
    return {
      for: refs.resourceQuotas,
      watches: followed
        .filter(ref => ref !== refs.resourceQuotas)
        .map(ref => observing(ref, ({ object }) => inNamespace(object.metadata.namespace))),
      reconcile: async key => {
        const quota = quotas.get(key);
        if (!quota) return counted.forget(key);
        const status = statusOf(quota, await counted.used(quota, environment.clock.now()));
        if (!deepEqual(status, quota.status ?? {})) {
          await orNotFound(client.updateStatus(refs.resourceQuotas, { ...quota, status }));
        }
        return { requeueAfterMs: resyncMs };
      },
    };
  },
});

/** The objects that quotas count, of whatever kind; `changed` hears of those that are followed since a quota counts them. */
class CountedObjects {
  readonly #environment: ControllerEnvironment;
  readonly #changed: (namespace: string | undefined) => void;
  readonly #informers = new Map<string, Informer>();
  readonly #tallies = new QuotaTallies();

  constructor(environment: ControllerEnvironment, changed: (namespace: string | undefined) => void) {
    this.#environment = environment;
    this.#changed = changed;
    for (const ref of followed) this.#tally(bucketOf(ref), environment.informer(ref));
  }

  /** What there is uses of what the quota limits. */
  async used(quota: ResourceQuota, nowMs: number): Promise<Amounts> {
    const namespace = quota.metadata.namespace!;
    const buckets = countedBuckets(Object.keys(quota.spec?.hard ?? {}));
    if ([...buckets].every(bucket => this.#informers.get(bucket)?.synced)) {
      const objects = (bucket: string) => this.#informers.get(bucket)!.list(namespace);
      return this.#tallies.of(quota, objects).used(nowMs);
    }
    const tally = new QuotaTally(quota);
    for (const bucket of buckets) {
      for (const object of await this.#list(bucket, namespace)) tally.set(bucket, objectKey(object), object);
    }
    return tally.used(nowMs);
  }

  forget(quotaKey: string): void {
    this.#tallies.forget(quotaKey);
  }

  async #list(bucket: string, namespace: string): Promise<readonly KubeObject[]> {
    const known = this.#informers.get(bucket);
    if (known?.synced) return known.list(namespace);
    const ref = known?.ref ?? (await this.#find(bucket));
    if (!ref) return [];
    if (!known) this.#follow(bucket, ref);
    return (await this.#environment.client.list(ref, namespace)).items;
  }

  /** A kind that nobody serves is looked for again at the next turn: its definition may come yet. */
  async #find(bucket: string): Promise<ResourceRef | undefined> {
    const served = await discoverResources(this.#environment.client, this.#environment);
    return served.find(ref => ref.namespaced && ref.verbs.includes('list') && bucketOf(ref) === bucket);
  }

  #follow(bucket: string, ref: ResourceRef): void {
    const informer = this.#environment.informer(ref);
    this.#tally(bucket, informer);
    const changed = ({ metadata }: KubeObject) => this.#changed(metadata.namespace);
    this.#environment.disposables.add(informer.on({ added: changed, updated: changed, deleted: changed }));
  }

  #tally(bucket: string, informer: Informer): void {
    this.#informers.set(bucket, informer);
    const put = (object: KubeObject) => this.#tallies.set(bucket, objectKey(object), object);
    const remove = (object: KubeObject) => this.#tallies.set(bucket, objectKey(object), undefined);
    this.#environment.disposables.add(informer.on({ added: put, updated: put, deleted: remove }));
  }
}

function statusOf(quota: ResourceQuota, used: Amounts): NonNullable<ResourceQuota['status']> {
  const hard = quota.spec?.hard ?? {};
  if (Object.keys(hard).length === 0) return {};
  return { hard, used: Object.fromEntries([...used].map(([name, amount]) => [name, amount.toString()])) };
}
