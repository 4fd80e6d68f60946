import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { Log } from '#base/log.ts';
import type { Breathe, TimeSlice } from '#base/time-slice.ts';
import type { Random } from '#base/random.ts';
import type { ProtobufCodec } from '#machinery/protobuf.ts';
import type { Store } from '#store/store.ts';
import { managerNameOf } from '../apply/manager-name.ts';
import type { Authorizer, UserInfo } from '../identity.ts';
import type { ApiRequest, RequestInfo } from '../request.ts';
import type { CelMetrics } from '../crd/cel-metrics.ts';
import type { ConversionMetrics } from '../crd/conversion-metrics.ts';
import type { RequestMetrics } from '../metrics.ts';
import { clientTimeoutMs } from '../deadlines.ts';
import type { FeatureGates } from '../feature-gates/feature-gates.ts';
import type { RequestLimits } from '../limits.ts';
import type { BackendTls, Backends } from '../proxy/backends.ts';
import type { Outbound } from '../outbound.ts';
import type { CacheMetrics } from '../resources/cache-metrics.ts';
import type { Catalog, ServedResource } from '../resources/served.ts';
import type { StorageMetrics } from '../resources/storage-metrics.ts';
import type { StateCache } from '../resources/state-cache.ts';
import type { WriteContext, WriteServices } from '../resources/write-context.ts';
import type { Bookmarks } from './bookmarks.ts';
import type { PodLogMetrics } from './pod-log-metrics.ts';

/** Made once a server; what handlers share. */
export interface Services extends WriteServices {
  readonly store: Store;
  readonly cache: StateCache;
  readonly catalog: Catalog;
  readonly schemas: SchemaRegistry;
  readonly protobuf: ProtobufCodec;
  readonly clock: Clock;
  /** Long work asks it for its turns. */
  readonly slice: TimeSlice;
  readonly random: Random;
  readonly log: Log;
  readonly limits: RequestLimits;
  readonly features: FeatureGates;
  readonly metrics: RequestMetrics;
  readonly celMetrics: CelMetrics;
  readonly conversionMetrics: ConversionMetrics;
  readonly podLogMetrics: PodLogMetrics;
  readonly cacheMetrics: CacheMetrics;
  readonly storageMetrics: StorageMetrics;
  /** What /metrics tells, but for what is held. */
  readonly families: () => Iterable<MetricFamily>;
  readonly bookmarks: Bookmarks;
  /** The parts of the control plane, each with what is wrong with it. */
  components(): Readonly<Record<string, string | undefined>>;
  readonly authorizer: Authorizer;
  /** How kubelets and this server prove who they are now; undefined where no kubelet serves. */
  readonly kubeletTls: () => BackendTls | undefined;
  readonly backends: Backends;
  readonly outbound: Outbound;
  /** The status of a SelfSubjectRulesReview. */
  rulesFor(user: UserInfo, namespace: string): unknown;
  /** The status of a TokenReview. */
  reviewToken(token: string, audiences: readonly string[]): Promise<unknown>;
  /** Undefined where the issuer's name is nowhere that others could ask; `address`: this server's host and port. */
  openId(address: string): { readonly configuration: object; readonly keys: object } | undefined;
  /** Of tokens that name no audience of their own. */
  apiAudiences(): readonly string[];
  /** So many seconds a token may be good for that is asked for; 0: for as long as it is asked. */
  readonly tokenSecondsMax: number;
  issueToken(request: TokenToIssue): Promise<IssuedToken>;
}

export interface IssuedToken {
  readonly token: string;
  /** By which its holder's requests are known. */
  readonly id: string;
  /** Those asked for, or the API server's own. */
  readonly audiences: readonly string[];
  readonly expiresAtMs: number;
}

/** A service account's token as TokenRequest asks for it. No audiences: the API server's own. */
export interface TokenToIssue {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly bound?: { readonly kind: 'Pod' | 'Node' | 'Secret'; readonly name: string; readonly uid: string };
}

/** One request for a resource that is served. */
export interface ResourceRequest {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly served: ServedResource;
  /** When its handling began, on the monotonic clock. */
  readonly startMs: number;
  /** Warnings for the client, in the order they came up. */
  readonly warnings: string[];
}

/** More warnings than an answer's headers have room for. */
const warningsMax = 512;

/** Tells each warning once. What no header can hold is none. */
export function warn({ warnings }: { readonly warnings: string[] }, message: string): void {
  if (message === '' || /\p{Cc}/u.test(message)) return;
  if (warnings.length < warningsMax && !warnings.includes(message)) warnings.push(message);
}

/** Options of creates and updates, which come by the query alone. */
function queryOptions(query: URLSearchParams): Readonly<Record<string, unknown>> {
  const text = (name: string) => (query.get(name) ? { [name]: query.get(name) } : {});
  const dryRun = query.getAll('dryRun');
  return {
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...text('fieldManager'),
    ...text('fieldValidation'),
  };
}

/** What a write may take in all, whatever its client's patience (upstream's requestTimeoutUpperBound). */
const writeMsMax = 34_000;

const largeBody = 64 * 1024;

/** What the steps of a request with a large body ask: each takes its time. Undefined for others, which do not stop. */
export function breatheOf({ slice }: Services, { request: { body } }: ResourceRequest): Breathe | undefined {
  const isLarge = body instanceof Uint8Array && body.length > largeBody;
  return isLarge ? () => slice.breathe() : undefined;
}

export function writeContext(services: Services, call: ResourceRequest): WriteContext {
  return {
    served: call.served,
    namespace: call.served.definition.namespaced ? call.info.namespace : '',
    subresource: call.info.subresource,
    verb: call.info.verb,
    user: call.request.user,
    dryRun: call.request.query.has('dryRun'),
    fieldManager: managerNameOf(call.request),
    options: () => queryOptions(call.request.query),
    breathe: breatheOf(services, call),
    deadlineMs: () =>
      call.startMs +
      Math.min(clientTimeoutMs(call.request.query, services.limits.requestMsMax) ?? writeMsMax, writeMsMax),
    warn: message => warn(call, message),
    annotate: (key, value, from) => call.request.trail?.annotate(key, value, from),
  };
}
