import type { Event } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { TokenBucket } from '#client/token-bucket.ts';
import { aggregateText } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
import type { AdmissionPlugin } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

export const limitTypes = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const;

/** eventratelimit.admission.k8s.io Limit. */
export interface EventLimit {
  readonly type: (typeof limitTypes)[number];
  readonly qps: number;
  readonly burst: number;
  /** Buckets that are kept. Default 4096. */
  readonly cacheSize?: number;
}

const bucketsKept = 4096;

/** Who shares a bucket. */
const keys: Readonly<Record<EventLimit['type'], (request: AdmissionRequest) => string>> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject({ object }) {
    const { source, involvedObject } = object as Event;
    const { kind, namespace, name, uid, apiVersion } = involvedObject;
    return [source?.component, source?.host, kind, namespace, name, uid, apiVersion].join('');
  },
};

/** Keeps those who write events in a hurry from filling the store with them. */
export function eventRateLimit(limits: readonly EventLimit[], clock: Clock): AdmissionPlugin {
  const checks = limits.map(limit => limitCheck(limit, clock));
  return {
    name: 'EventRateLimit',
    // Those of events.k8s.io are passed over upstream too.
    concerns: ({ served: { what }, operation }) =>
      what.group === '' && what.resource === 'events' && (operation === 'CREATE' || operation === 'UPDATE'),
    validate(request) {
      if (request.dryRun) return;
      const problems = checks.map(check => check(request)).filter(problem => problem !== undefined);
      if (problems.length > 0) throw statusError.rateLimited(aggregateText(problems));
    },
  };
}

function limitCheck(
  { type, qps, burst, cacheSize }: EventLimit,
  clock: Clock,
): (request: AdmissionRequest) => string | undefined {
  const buckets = new RecentCache<string, TokenBucket>(cacheSize || bucketsKept);
  return request => {
    const key = keys[type](request);
    let bucket = buckets.get(key);
    if (!bucket) {
      bucket = new TokenBucket(clock, qps, burst);
      buckets.set(key, bucket);
    }
    return bucket.tryTake() ? undefined : `limit reached on type ${type} for key ${key}`;
  };
}
