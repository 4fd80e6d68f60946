import type { PersistentVolumeClaim, Pod, Service } from './generated/types/core.v1.ts';
import type { ResourceClaim } from './generated/types/resource.v1.ts';
import { betaStorageClassAnnotation } from './storage-text.ts';
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
const computeResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
const one = Quantity.of(1);
const pods = 'core/pods';
const services = 'core/services';
const claims = 'core/persistentvolumeclaims';
const deviceClaims = 'resource.k8s.io/resourceclaims';
const devicesSuffix = '.deviceclass.resource.k8s.io/devices';
/** What a claim that wants all there are can be given at most (resource.AllocationResultsMaxSize). */
const devicesMax = 32;

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
  if (name.endsWith(devicesSuffix)) return deviceClaims;
  return name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/') ? claims : pods;
}

/** What one object uses of `names`. */
export function usageOf(
  bucket: string,
  object: KubeObject,
  names: readonly string[],
  nowMs: number,
): Amounts {
  if (bucket === pods && isOver(object as Pod, nowMs)) return countOf(bucket, names, ['count/pods']);
  const counted = countOf(bucket, names, [`count/${countName(bucket)}`, plainName(bucket)]);
  const own = names.filter(name => bucketOf(name) === bucket);
  for (const [name, amount] of measuredOf(bucket, object, own)) counted.set(name, amount);
  return counted;
}

/** Every name under which a quota could limit what the object uses. */
export function limitableNames(bucket: string, object: KubeObject): string[] {
  const plain = plainName(bucket);
  return [
    `count/${countName(bucket)}`,
    ...(plainCounts.has(plain) ? [plain] : []),
    ...ownNames(bucket, object),
  ];
}

function ownNames(bucket: string, object: KubeObject): string[] {
  switch (bucket) {
    case pods:
      return podNames(object as Pod);
    case services:
      return ['services.nodeports', 'services.loadbalancers'];
    case claims: {
      const className = classNameOf(object as PersistentVolumeClaim);
      const ofClass = [`requests.storage`, `persistentvolumeclaims`].map(
        name => classPrefix(className) + name,
      );
      return ['requests.storage', ...(className ? ofClass : [])];
    }
    case deviceClaims:
      return devicesOf(object as ResourceClaim).map(([name]) => name);
    default:
      return [];
  }
}

function podNames(pod: Pod): string[] {
  const requested = [...podTotals(pod, 'requests').keys()];
  const limited = [...podTotals(pod, 'limits').keys()];
  return [
    ...requested.filter(name => !name.includes('/')),
    ...requested.map(name => `requests.${name}`),
    ...limited.filter(name => computeResources.has(name)).map(name => `limits.${name}`),
  ];
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
    case deviceClaims:
      return deviceUsage(object as ResourceClaim, names);
    default:
      return new Map();
  }
}

/** A pod that has ended, or should have, uses nothing but its place. */
function isOver({ metadata, status }: Pod, nowMs: number): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  return nowMs > (endMs({ metadata }) ?? nowMs);
}

/** When a pod that is being deleted should have ended. */
function endMs({ metadata }: Pick<Pod, 'metadata'>): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata;
  if (deletionTimestamp === undefined || grace === undefined) return undefined;
  return Date.parse(deletionTimestamp) + grace * 1000;
}

/** After this time the object uses less, though nothing about it changes; undefined where time changes nothing. */
export function overAtMs(bucket: string, object: KubeObject): number | undefined {
  return bucket === pods ? endMs(object as Pod) : undefined;
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
  const chosen = spec?.ports?.filter(port => port.nodePort).length ?? 0;
  const balancedPorts = spec?.allocateLoadBalancerNodePorts === false ? chosen : ports;
  const nodePorts = spec?.type === 'NodePort' ? ports : balanced ? balancedPorts : 0;
  const usage = new Map<string, Quantity>();
  if (names.includes('services.nodeports')) usage.set('services.nodeports', Quantity.of(nodePorts));
  if (names.includes('services.loadbalancers'))
    usage.set('services.loadbalancers', Quantity.of(balanced ? 1 : 0));
  return usage;
}

function claimUsage(claim: PersistentVolumeClaim, names: readonly string[]): Amounts {
  const usage = new Map<string, Quantity>();
  const storage = storageOf(claim);
  const prefix = classPrefix(classNameOf(claim));
  for (const name of names) {
    const what = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    if (what === 'requests.storage' && storage) usage.set(name, storage);
    if (what === 'persistentvolumeclaims') usage.set(name, one);
  }
  return usage;
}

function classNameOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.[betaStorageClassAnnotation] ?? spec?.storageClassName ?? '';
}

function classPrefix(className: string): string {
  return `${className}.storageclass.storage.k8s.io/`;
}

/** What is asked for, or, where more than that was allocated in growing, that. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = parseAmounts(spec?.resources?.requests).get('storage');
  const allocated = parseAmounts(status?.allocatedResources).get('storage');
  return asked && allocated && allocated.compare(asked) > 0 ? allocated : asked;
}

function deviceUsage(claim: ResourceClaim, names: readonly string[]): Amounts {
  const known = devicesOf(claim).filter(([name]) => names.includes(name));
  return new Map(known.map(([name, count]) => [name, Quantity.of(count)]));
}

/** The devices that a claim can be given, by their class; of alternatives, the most of each. */
function devicesOf({ spec }: ResourceClaim): [name: string, count: number][] {
  const usage = new Map<string, number>();
  for (const { exactly, firstAvailable = [] } of spec.devices?.requests ?? []) {
    const most = new Map<string, number>();
    for (const request of exactly ? [exactly] : firstAvailable) {
      const name = `${request.deviceClassName}${devicesSuffix}`;
      const count = request.allocationMode === 'All' ? devicesMax : (request.count ?? 1);
      most.set(name, Math.max(count, most.get(name) ?? 0));
    }
    for (const [name, count] of most) usage.set(name, (usage.get(name) ?? 0) + count);
  }
  return [...usage];
}
