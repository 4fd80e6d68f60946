import type { PersistentVolumeClaim, Pod, Service } from './generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { Quantity } from '#machinery/quantity.ts';
import { type Amounts, parseAmounts, podTotals } from './pod-totals.ts';

/** Resources that quotas count by their plain name, too. */
const plainCounts = new Set([
  'pods',
  'services',
  'configmaps',
  'secrets',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
]);
const one = Quantity.of(1);
const pods = 'core/pods';
const services = 'core/services';
const claims = 'core/persistentvolumeclaims';

/** The buckets whose objects use what `names` limit. */
export function countedBuckets(names: readonly string[]): Set<string> {
  return new Set(names.map(bucketOf));
}

function bucketOf(name: string): string {
  if (plainCounts.has(name)) return `core/${name}`;
  if (name.startsWith('count/')) {
    const [, resource = '', group = 'core'] = /^count\/([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
    return `${group}/${resource}`;
  }
  if (name.startsWith('services.')) return services;
  return name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/') ? claims : pods;
}

/** What one object uses of `names`. */
export function usageOf(bucket: string, object: KubeObject, names: readonly string[]): Amounts {
  if (bucket === pods && isOver(object as Pod)) return countOf(bucket, names, ['count/pods']);
  const counted = countOf(bucket, names, [`count/${countName(bucket)}`, plainName(bucket)]);
  const own = names.filter(name => bucketOf(name) === bucket);
  for (const [name, amount] of measuredOf(bucket, object, own)) counted.set(name, amount);
  return counted;
}

function countName(bucket: string): string {
  const [group, resource] = bucket.split('/');
  return group === 'core' ? resource! : `${resource}.${group}`;
}

function plainName(bucket: string): string {
  return bucket.startsWith('core/') ? bucket.slice('core/'.length) : '';
}

function countOf(bucket: string, names: readonly string[], counts: readonly string[]): Map<string, Quantity> {
  return new Map(
    names.filter(name => bucketOf(name) === bucket && counts.includes(name)).map(name => [name, one]),
  );
}

function measuredOf(bucket: string, object: KubeObject, names: readonly string[]): Amounts {
  switch (bucket) {
    case pods:
      return podUsage(object as Pod, names);
    case services:
      return serviceUsage(object as Service, names);
    case claims:
      return claimUsage(object as PersistentVolumeClaim, names);
    default:
      return new Map();
  }
}

/** A pod that has ended, or should have, uses nothing but its place. */
function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function podUsage(pod: Pod, names: readonly string[]): Amounts {
  const requests = podTotals(pod, 'requests');
  const limits = podTotals(pod, 'limits');
  const usage = new Map<string, Quantity>();
  for (const name of names) {
    const [, side, resource = name] = /^(requests|limits)\.(.+)$/.exec(name) ?? [];
    const amount = (side === 'limits' ? limits : requests).get(resource);
    if (amount && name !== 'pods' && !name.startsWith('count/')) usage.set(name, amount);
  }
  return usage;
}

function serviceUsage({ spec }: Service, names: readonly string[]): Amounts {
  const balanced = spec?.type === 'LoadBalancer';
  const ports = spec?.ports?.length ?? 0;
  const nodePorts = spec?.type === 'NodePort' || (balanced && spec.allocateLoadBalancerNodePorts !== false);
  const usage = new Map<string, Quantity>();
  if (names.includes('services.nodeports'))
    usage.set('services.nodeports', Quantity.of(nodePorts ? ports : 0));
  if (names.includes('services.loadbalancers'))
    usage.set('services.loadbalancers', Quantity.of(balanced ? 1 : 0));
  return usage;
}

function claimUsage({ spec }: PersistentVolumeClaim, names: readonly string[]): Amounts {
  const usage = new Map<string, Quantity>();
  const storage = parseAmounts(spec?.resources?.requests).get('storage');
  const classPrefix = `${spec?.storageClassName ?? ''}.storageclass.storage.k8s.io/`;
  for (const name of names) {
    const what = name.startsWith(classPrefix) ? name.slice(classPrefix.length) : name;
    if (what === 'requests.storage' && storage) usage.set(name, storage);
    if (what === 'persistentvolumeclaims') usage.set(name, one);
  }
  return usage;
}
