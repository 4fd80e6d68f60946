import { table } from '#base/members.ts';
import type { Pod, ResourceQuota } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Quantity } from '#machinery/quantity.ts';
import type { Change } from '../resources/resource-cache.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin, RequestKind } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';
import { type Amounts, addAmounts, parseAmounts, raiseAmounts } from '#api/pod-totals.ts';
import { inScope } from '#api/quota-scopes.ts';
import { type LimitedResource, checkCovered } from './limited-resources.ts';
import { QuotaTallies } from '#api/quota-tally.ts';
import { usageOf } from '#api/quota-usage.ts';

const quotaBucket = 'core/resourcequotas';

/** Says in a quota's status what is used of it; resolves when readers see it. */
export type WriteUsed = (key: string, usedOf: (quota: ResourceQuota) => Amounts) => Promise<void>;

export interface ResourceQuotaOptions {
  readonly state: StateCache;
  readonly clock: Clock;
  readonly writeUsed: WriteUsed;
  readonly limited?: readonly LimitedResource[] | undefined;
}

/**
 * Keeps namespaces within their quotas. What is used is counted off the objects themselves, as they come and go; writes
 * still under way count as done, so that two of them never share what is left for one.
 * Who reads a quota after his write was answered finds it counted there.
 */
export function resourceQuota({
  state,
  clock,
  writeUsed,
  limited = [],
}: ResourceQuotaOptions): AdmissionPlugin {
  const quotas = state.bucket(quotaBucket);
  const usage = new Usage(state);
  /** With the keys of the quotas of which they use more. */
  const underWay = new Map<AdmissionRequest, readonly string[]>();
  const tell = async (used: readonly string[]) => {
    const usedNow = (quota: ResourceQuota) => usage.of(quota, [], clock.now());
    await Promise.all(used.map(key => writeUsed(key, usedNow)));
  };
  return {
    name: 'ResourceQuota',
    concerns: asked => asked.served.stored.namespaced && asked.operation !== 'DELETE' && isCounted(asked),
    validate(request) {
      const { object: written, namespace } = request;
      if (!written || (quotas.size === 0 && limited.length === 0)) return;
      const candidates = quotas.list(`${namespace}/`, '', 0).entries.map(({ key, object }) => ({
        key,
        quota: object as ResourceQuota,
      }));
      const nowMs = clock.now();
      const all = candidates.map(({ quota }) => quota);
      checkAmounts(request, all);
      if (limited.length > 0) checkCovered(request, limited, all, nowMs);
      const used: string[] = [];
      for (const { key, quota } of candidates) {
        const countUsed = () => usage.of(quota, otherObjects(underWay.keys(), request), nowMs);
        if (check(request, quota, nowMs, countUsed)) used.push(key);
      }
      if (used.length > 0 && !request.dryRun) underWay.set(request, used);
    },
    settled(request) {
      const used = underWay.get(request);
      if (!used) return undefined;
      underWay.delete(request);
      return tell(used);
    },
  };
}

/** Of the writes of a part, a pod's resize changes what is used. */
function isCounted({ subresource, served }: RequestKind): boolean {
  return subresource === '' || (subresource === 'resize' && served.bucket === 'core/pods');
}

/** The writes of a namespace's other objects: of two writes of one object, one alone goes through as it is. */
function otherObjects(
  underWay: Iterable<AdmissionRequest>,
  { namespace, served, name }: AdmissionRequest,
): AdmissionRequest[] {
  return [...underWay].filter(
    other => other.namespace === namespace && (other.served.bucket !== served.bucket || other.name !== name),
  );
}

/** What the objects of quotas use, counted once and followed from then on. */
class Usage {
  readonly #state: StateCache;
  readonly #tallies = new QuotaTallies();
  readonly #followed = new Set<string>();

  constructor(state: StateCache) {
    this.#state = state;
  }

  /** Now, or by the writes under way. */
  of(quota: ResourceQuota, underWay: readonly AdmissionRequest[], nowMs: number): Amounts {
    this.#follow(quotaBucket);
    const prefix = `${quota.metadata.namespace}/`;
    const tally = this.#tallies.of(quota, bucket => {
      this.#follow(bucket);
      const { entries } = this.#state.bucket(bucket).list(prefix, '', 0);
      return entries.map(({ object }) => object);
    });
    const total = new Map(tally.used(nowMs));
    for (const [bucket, key, later] of comingOf(quota, underWay, nowMs)) {
      const entry = this.#state.bucket(bucket).get(key);
      const now = entry ? amountsOf(quota, bucket, entry.object, nowMs) : none;
      addAmounts(total, raiseAmounts(later, now));
      for (const [name, amount] of now) total.set(name, total.get(name)!.sub(amount));
    }
    return total;
  }

  #follow(bucket: string): void {
    if (this.#followed.has(bucket)) return;
    this.#followed.add(bucket);
    const change = ({ type, entry: { key, object } }: Change) => {
      if (type === 'delete' && bucket === quotaBucket) this.#tallies.forget(key);
      this.#tallies.set(bucket, key, type === 'delete' ? undefined : object);
    };
    // What a custom resource is may have changed; its objects are still there.
    const ended = () => {
      this.#followed.delete(bucket);
      this.#follow(bucket);
    };
    this.#state.bucket(bucket).watch(this.#state.revision, { prefix: '', change, ended });
  }
}

const none: Amounts = new Map();

function amountsOf(quota: ResourceQuota, bucket: string, object: KubeObject, nowMs: number): Amounts {
  const names = Object.keys(quota.spec?.hard ?? {});
  return inScope(quota, bucket, object) ? usageOf(bucket, object, names, nowMs) : none;
}

/** By bucket and key, the most that an object uses by any of the writes under way. */
function comingOf(
  quota: ResourceQuota,
  underWay: readonly AdmissionRequest[],
  nowMs: number,
): Iterable<readonly [bucket: string, key: string, amounts: Map<string, Quantity>]> {
  const coming = new Map<string, readonly [string, string, Map<string, Quantity>]>();
  for (const { served, namespace, name, object } of underWay) {
    const { bucket } = served;
    const key = `${namespace}/${name}`;
    const [, , amounts] = coming.get(`${bucket}/${key}`) ?? [bucket, key, new Map<string, Quantity>()];
    raiseAmounts(amounts, amountsOf(quota, bucket, object!, nowMs));
    coming.set(`${bucket}/${key}`, [bucket, key, amounts]);
  }
  return coming.values();
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

function checkAmounts(request: AdmissionRequest, quotas: readonly ResourceQuota[]): void {
  const { served, object, old } = request;
  if (served.bucket !== 'core/pods' || old) return;
  for (const quota of quotas.filter(one => inScope(one, served.bucket, object!))) {
    requireAmounts(object as Pod, Object.keys(quota.spec?.hard ?? {}), quota, why => forbidden(request, why));
  }
}

/** Where computing resources are limited, each container must say what it takes, unless the pod says what all may take. */
function requireAmounts(
  pod: Pod,
  names: readonly string[],
  quota: ResourceQuota,
  refuse: (why: string) => Error,
): void {
  const { requests, limits } = pod.spec?.resources ?? {};
  if (Object.keys({ ...requests, ...limits }).length > 0) return;
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const missing = [...names].sort().flatMap(name => {
    const [side, resource] = required[name] ?? [];
    if (!side || !resource) return [];
    const without = containers.filter(container => container.resources?.[side]?.[resource] === undefined);
    return without.length > 0
      ? [
          `${name} for: ${without
            .map(one => one.name)
            .sort()
            .join(',')}`,
        ]
      : [];
  });
  if (missing.length > 0)
    throw refuse(`failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
}
