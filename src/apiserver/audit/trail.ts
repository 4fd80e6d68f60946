import { formatDuration } from '#machinery/go-values.ts';
import type { Clock } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { StatusError } from '#machinery/status.ts';
import type { UserInfo } from '../identity.ts';
import { type AuditEvent, auditUser } from './event.ts';
import { type AuditLevel, type AuditStage, type RequestAudit, auditLevels } from './policy.ts';

/** Notes something about a request, told from a level on (default: Metadata). The first value of a key stays. */
export type Annotate = (key: string, value: Note, from?: AuditLevel) => void;

/** A text, or what makes it where it is wanted. */
export type Note = string | (() => string);

/** Upstream's threshold of latencies that are told. */
const slowMs = 500;

export interface TrailOptions {
  readonly clock: Clock;
  /** Takes an event as it is now. A promise where answers wait until it is kept: whether the request may go on. */
  record(event: AuditEvent): Promise<boolean> | undefined;
}

/** What is told of one request as it goes on. */
export class AuditTrail {
  readonly #way: TrailOptions;
  readonly #event: AuditEvent;
  readonly #audit: RequestAudit;
  #written: Promise<boolean> | undefined;
  /** Of the event that has to be told before anything is done. */
  #permission: Promise<boolean> | undefined;

  constructor(way: TrailOptions, event: AuditEvent, audit: RequestAudit) {
    this.#way = way;
    this.#event = event;
    this.#audit = audit;
  }

  /** Resolves when what was told is where answers wait for it to be; undefined: they wait for nothing. */
  get written(): Promise<unknown> | undefined {
    return this.#written;
  }

  /** What was told up to now has to arrive before the request goes on. */
  mustBeTold(): void {
    this.#permission = this.#written;
  }

  /** Whether the request may go on; undefined: at once. */
  get permission(): Promise<boolean> | undefined {
    return this.#permission;
  }

  /** What somebody notes about the request, from a level on. The first value of a key stays. */
  annotate(key: string, note: Note, from: AuditLevel = 'Metadata'): void {
    if (!this.tells(from)) return;
    this.#event.annotations ??= {};
    if (Object.hasOwn(this.#event.annotations, key)) return;
    this.#event.annotations[key] = typeof note === 'string' ? note : note();
  }

  tells(level: AuditLevel): boolean {
    return auditLevels.indexOf(this.#event.level) >= auditLevels.indexOf(level);
  }

  /** Whom the asker acts as, and the verb by which it may, where that is a constrained one. */
  actsAs(user: UserInfo, constraint: string | undefined): void {
    this.#event.impersonatedUser = auditUser(user);
    if (constraint) this.#event.authenticationMetadata = { impersonationConstraint: constraint };
  }

  /** The object that the client sent, decoded; it may change afterwards. `whole`: with all of its defaults. */
  sent(object: KubeObject, whole = () => object): void {
    const { metadata = {} } = object;
    this.#event.objectRef ??= {};
    const reference = this.#event.objectRef;
    for (const name of ['namespace', 'name', 'uid', 'resourceVersion'] as const) {
      if (!reference[name] && metadata[name]) reference[name] = metadata[name];
    }
    if (this.tells('Request')) this.#event.requestObject = JSON.stringify(this.shown(whole()));
  }

  /** The patch that the client sent. */
  sentPatch(patch: unknown): void {
    this.#event.requestObject = JSON.stringify(patch);
  }

  answers(code: number, status: object = {}): void {
    this.#event.responseStatus = { ...status, code };
  }

  /** JSON of what the client is answered. */
  answered(json: string): void {
    this.#event.responseObject = json;
  }

  /** `isTold`: the client takes a form in which a failure can be told; otherwise the code alone is. */
  failed({ status, code }: StatusError, isTold = true): void {
    const { kind: _, apiVersion: _version, metadata: _metadata, ...told } = status;
    this.answers(code, isTold ? told : {});
    if (isTold && this.tells('RequestResponse')) this.answered(JSON.stringify(status));
  }

  /** The object as it may be told. */
  shown(object: KubeObject): KubeObject {
    if (!this.#audit.omitManagedFields || !object.metadata?.managedFields) return object;
    const { managedFields: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  }

  /** Notes how long the request took, where that was long. */
  noteSlow(): void {
    const ms = this.#way.clock.now() - this.#event.receivedMs;
    if (ms > slowMs)
      this.annotate('apiserver.latency.k8s.io/total', () => formatDuration(BigInt(ms) * 1_000_000n));
  }

  tell(stage: AuditStage): void {
    if (this.#audit.omits(stage)) return;
    this.#event.stage = stage;
    if (stage !== 'RequestReceived') this.#event.stageMs = this.#way.clock.now();
    const before = this.#written;
    const wait = this.#way.record(this.#event);
    this.#written = before && wait ? before.then(() => wait) : (wait ?? before);
  }
}
