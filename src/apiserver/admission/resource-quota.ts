import { table } from '#base/members.ts';
import type { Pod, ResourceQuota } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Quantity } from '#machinery/quantity.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin, RequestKind } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';
import { type Amounts, addAmounts, parseAmounts, raiseAmounts } from '#api/pod-totals.ts';
import { inScope } from '#api/quota-scopes.ts';
import { countedBuckets, usageOf } from '#api/quota-usage.ts';

/**
 * Keeps namespaces within their quotas. What is used is counted off the objects themselves; writes still under way
 * count as done, so that two of them never share what is left for one.
 */
export function resourceQuota(state: StateCache, clock: Clock): AdmissionPlugin {
  const quotas = state.bucket('core/resourcequotas');
  const underWay = new Set<AdmissionRequest>();
  return {
    name: 'ResourceQuota',
    concerns: asked => asked.served.stored.namespaced && asked.operation !== 'DELETE' && isCounted(asked),
    validate(request) {
      const { object: written, namespace } = request;
      if (!written || quotas.size === 0) return;
      const candidates = quotas.list(`${namespace}/`, '', 0).entries;
      const nowMs = clock.now();
      let uses = false;
      for (const { object } of candidates) {
        const quota = object as ResourceQuota;
        if (check(request, quota, nowMs, () => used(state, quota, otherObjects(underWay, request), nowMs)))
          uses = true;
      }
      if (uses && !request.dryRun) underWay.add(request);
    },
    settled: request => void underWay.delete(request),
  };
}

/** Of the writes of a part, a pod's resize changes what is used. */
function isCounted({ subresource, served }: RequestKind): boolean {
  return subresource === '' || (subresource === 'resize' && served.bucket === 'core/pods');
}

/** The writes of a namespace's other objects: of two writes of one object, one alone goes through as it is. */
function otherObjects(
  underWay: ReadonlySet<AdmissionRequest>,
  { namespace, served, name }: AdmissionRequest,
): AdmissionRequest[] {
  return [...underWay].filter(
    other => other.namespace === namespace && (other.served.bucket !== served.bucket || other.name !== name),
  );
}

/** What the quota's objects use now, or by the writes under way. */
function used(
  state: StateCache,
  quota: ResourceQuota,
  underWay: readonly AdmissionRequest[],
  nowMs: number,
): Amounts {
  const names = Object.keys(quota.spec?.hard ?? {});
  const total = new Map<string, Quantity>();
  const usage = (bucket: string, object: KubeObject) =>
    inScope(quota, bucket, object) ? usageOf(bucket, object, names, nowMs) : new Map<string, Quantity>();
  for (const bucket of countedBuckets(names)) {
    const coming = new Map<string, Map<string, Quantity>>();
    for (const { served, namespace, name, object } of underWay) {
      if (served.bucket !== bucket) continue;
      const key = `${namespace}/${name}`;
      coming.set(key, raiseAmounts(coming.get(key) ?? new Map(), usage(bucket, object!)));
    }
    for (const { key, object } of state.bucket(bucket).list(`${quota.metadata.namespace}/`, '', 0).entries) {
      const now = usage(bucket, object);
      const later = coming.get(key);
      addAmounts(total, later ? raiseAmounts(later, now) : now);
      coming.delete(key);
    }
    for (const amounts of coming.values()) addAmounts(total, amounts);
  }
  return total;
}

/** Whether the write uses more of the quota than before. Throws Forbidden where that is more than it has left. */
function check(
  request: AdmissionRequest,
  quota: ResourceQuota,
  nowMs: number,
  countUsed: () => Amounts,
): boolean {
  const { served, object, old } = request;
  const hard = parseAmounts(quota.spec?.hard);
  const names = [...hard.keys()];
  if (!inScope(quota, served.bucket, object!)) return false;
  const usage = (of: KubeObject) => usageOf(served.bucket, of, names, nowMs);
  const wanted = usage(object!);
  const before: Amounts = old && inScope(quota, served.bucket, old) ? usage(old) : new Map();
  const more = [...wanted].filter(([resource, amount]) => grows(amount, before.get(resource)));
  const refuse = (why: string) => forbidden(request, why);
  if (served.bucket === 'core/pods' && !old) requireAmounts(object as Pod, names, quota, refuse);
  if (more.length === 0) return false;
  const now = countUsed();
  const over = more
    .map(([resource, amount]) => ({
      resource,
      delta: before.get(resource) ? amount.sub(before.get(resource)!) : amount,
      sum: now.get(resource),
      limit: hard.get(resource)!,
    }))
    .filter(({ delta, sum, limit }) => (sum ? sum.add(delta) : delta).compare(limit) > 0)
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
  if (over.length === 0) return true;
  const list = (show: (one: (typeof over)[number]) => string) =>
    over.map(one => `${one.resource}=${show(one)}`).join(',');
  throw refuse(
    `exceeded quota: ${quota.metadata.name}, requested: ${list(one => String(one.delta))}, used: ${list(one => String(one.sum ?? 0))}, limited: ${list(one => String(one.limit))}`,
  );
}

function grows(amount: Quantity, before: Quantity | undefined): boolean {
  return before ? amount.compare(before) > 0 : amount.sign > 0;
}

const required = table<readonly ['requests' | 'limits', string]>({
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
});

/** Where computing resources are limited, each container must say what it takes. */
function requireAmounts(
  pod: Pod,
  names: readonly string[],
  quota: ResourceQuota,
  refuse: (why: string) => Error,
): void {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const missing = [...names].sort().flatMap(name => {
    const [side, resource] = required[name] ?? [];
    if (!side || !resource || pod.spec?.resources?.[side]?.[resource] !== undefined) return [];
    const without = containers.filter(container => container.resources?.[side]?.[resource] === undefined);
    return without.length > 0 ? [`${name} for: ${without.map(container => container.name).join(',')}`] : [];
  });
  if (missing.length > 0)
    throw refuse(`failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
}
