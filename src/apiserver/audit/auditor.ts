import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { ipToString, parseIp } from '#machinery/ip.ts';
import type { StatusError } from '#machinery/status.ts';
import type { UserInfo } from '../identity.ts';
import { type ApiRequest, type RequestInfo, type RequestOrigin, attributesOf } from '../request.ts';
import { type AuditEvent, type AuditObjectReference, auditUser } from './event.ts';
import type { AuditMetrics } from './metrics.ts';
import { type AuditPolicy, auditOf } from './policy.ts';
import { AuditTrail } from './trail.ts';

const userAgentMax = 1024;

/** Where events go. */
export interface AuditBackend {
  /** As metrics call who lost an event. */
  readonly name: 'log' | 'webhook' | 'truncate';
  /** No request goes on that it has not been told of. */
  readonly isStrict?: boolean;
  /**
   * Takes the event as it is now. A promise where answers wait until the event is there; rejects where it cannot be kept.
   */
  take(event: AuditEvent): Promise<void> | undefined;
}

/** What is told of the requests, and to whom. */
export interface AuditOptions {
  readonly policy: AuditPolicy;
  /** Told of how many events were lost, by those that keep them for a while. */
  backends(
    lost: (backend: AuditBackend['name'], events: number, error: Error) => void,
  ): readonly AuditBackend[];
}

/** What of a request is known before anybody knows who asks. */
export type AuditedRequest = Pick<ApiRequest, 'method' | 'path' | 'query' | 'headers' | 'origin'>;

export interface AuditorServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: AuditMetrics;
}

/** Tells backends who asked for what, as a policy wants it told (audit.k8s.io/v1). */
export class Auditor {
  readonly #policy: AuditPolicy;
  readonly #backends: readonly AuditBackend[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #metrics: AuditMetrics;

  constructor({ policy, backends }: AuditOptions, { clock, random, log, metrics }: AuditorServices) {
    this.#metrics = metrics;
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#backends = backends((name, events, error) => this.#lost(name, events, error));
  }

  /** Tells that a request has come; undefined: nothing is to be told of it. */
  begin(request: ApiRequest, info: RequestInfo): AuditTrail | undefined {
    const { asker = request.user, constraint } = request.origin;
    const trail = this.#trail(request, info, asker);
    trail?.tell('RequestReceived');
    if (trail && this.#isStrict) trail.mustBeTold();
    if (asker !== request.user) trail?.actsAs(request.user, constraint);
    return trail;
  }

  /** Tells of a request that was refused before it was one: nobody knows who asks, or who asks may not act as it wants. */
  refused(request: AuditedRequest, info: RequestInfo, error: StatusError): void {
    const { asker } = request.origin;
    const trail = this.#trail(request, info, asker);
    if (!trail) return;
    if (asker) trail.tell('RequestReceived');
    trail.failed(error);
    trail.tell(asker ? 'ResponseComplete' : 'ResponseStarted');
  }

  get #isStrict(): boolean {
    return this.#backends.some(({ isStrict }) => isStrict);
  }

  /**
   * Resolves when all backends have it that answers wait for, with whether all of those do that are strict; undefined where
   * none is waited for.
   */
  #record(event: AuditEvent): Promise<boolean> | undefined {
    this.#metrics.event();
    const waits: Promise<boolean>[] = [];
    for (const backend of this.#backends) {
      const wait = backend.take(event);
      if (!wait) continue;
      const failed = (error: Error) => {
        this.#lost(backend.name, 1, error);
        return !backend.isStrict;
      };
      waits.push(wait.then(() => true, failed));
    }
    return waits.length > 0 ? Promise.all(waits).then(all => all.every(Boolean)) : undefined;
  }

  /** A request is not answered, since nobody could be told of it. */
  rejected(): void {
    this.#metrics.rejected();
  }

  #lost(name: string, events: number, error: Error): void {
    this.#metrics.lost(name, events);
    this.#log.error('audit events were lost', { backend: name, events, error: error.message });
  }

  #trail(request: AuditedRequest, info: RequestInfo, asker: UserInfo | undefined): AuditTrail | undefined {
    const { user: _, ...asked } = attributesOf(info, asker ?? nobody);
    const audit = auditOf(this.#policy, { ...asked, ...(asker ? { user: asker } : {}) });
    this.#metrics.level(audit.level);
    if (audit.level === 'None') return undefined;
    const { origin, headers } = request;
    const now = this.#clock.now();
    const event: AuditEvent = {
      level: audit.level,
      auditID: origin.auditId || randomUuid(this.#random),
      stage: 'RequestReceived',
      requestURI: origin.url ?? uriOf(request),
      verb: info.verb,
      user: auditUser(asker),
      sourceIPs: sourceIps(headers, origin),
      userAgent: bounded(headers['user-agent'] ?? ''),
      receivedMs: now,
      stageMs: now,
    };
    if (info.isResource) event.objectRef = referenceOf(info);
    return new AuditTrail({ clock: this.#clock, record: told => this.#record(told) }, event, audit);
  }
}

const nobody: UserInfo = { name: '', groups: [] };

/** Its members in upstream's order, whoever tells them later. */
function referenceOf(info: RequestInfo): AuditObjectReference {
  const { resource, namespace, name, group, version, subresource } = info;
  return {
    resource: resource || undefined,
    namespace: namespace || undefined,
    name: name || undefined,
    uid: undefined,
    apiGroup: group || undefined,
    apiVersion: version || undefined,
    resourceVersion: undefined,
    subresource: subresource || undefined,
  };
}

function uriOf({ path, query }: AuditedRequest): string {
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

function bounded(userAgent: string): string {
  return userAgent.length > userAgentMax ? `${userAgent.slice(0, userAgentMax)}...TRUNCATED` : userAgent;
}

/** The addresses that the request came through, the last of which is the one that cannot be made up. */
function sourceIps(headers: ApiRequest['headers'], { remoteAddress = '' }: RequestOrigin): string[] {
  const known = (text: string) => {
    const ip = parseIp(text.trim());
    return ip ? [ipToString(ip)] : [];
  };
  const ips = (headers['x-forwarded-for'] ?? '').split(',').flatMap(known);
  for (const ip of known(headers['x-real-ip'] ?? '')) if (!ips.includes(ip)) ips.push(ip);
  for (const ip of known(remoteAddress)) if (ip !== ips.at(-1)) ips.push(ip);
  return ips;
}
