import type { Breathe } from '#base/time-slice.ts';
import type { Clock } from '#base/clock.ts';
import type { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { EventRecorder } from '#client/events.ts';
import type { Informer } from '#client/informer.ts';
import type { InformerOptions } from '#client/informer-options.ts';
import type { Permission } from '#client/permission.ts';
import { controllerOf, type KubeObject, objectKey, type ResourceRef } from '#machinery/object.ts';
import type { RateLimiterOptions } from './rate-limiter.ts';

/** Thrown by `reconcile`: trying again would not help. The key runs again when something changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export interface ReconcileResult {
  /** Run the key again after this long, whatever happens; absent or 0: when something changes. */
  readonly requeueAfterMs?: number;
}

/** What one run is told beyond its key. */
export interface ReconcileContext {
  /** Aborts when the manager stops. */
  readonly signal: AbortSignal;
  /** Failures of this key since it last did well. */
  readonly failures: number;
}

export type Reconcile = (
  key: string,
  context: ReconcileContext,
) => Promise<ReconcileResult | undefined | void>;

/** One thing that happened to an object, as an informer tells it. */
export type Change<T> =
  | { readonly type: 'added'; readonly object: T; readonly old?: undefined }
  | { readonly type: 'updated'; readonly object: T; readonly old: T }
  | { readonly type: 'deleted'; readonly object: T; readonly old?: undefined };

/** A resource whose changes call for runs. Made by `watching` and `owning`. */
export interface Watch {
  readonly ref: ResourceRef;
  readonly options: InformerOptions;
  /** The keys to run for this change, at once or after `delayMs`. */
  readonly toKeys: (change: Change<KubeObject>) => Iterable<string>;
  readonly delayMs: number;
}

export interface ControllerSpec {
  /** The resource that keys name: each change of an object runs its key. */
  readonly for?: ResourceRef;
  /** Resources whose controller (metadata.ownerReferences) is of the `for` kind. */
  readonly owns?: readonly ResourceRef[];
  readonly watches?: readonly Watch[];
  /** Keys that run once at the start, whatever happens. */
  readonly initialKeys?: readonly string[];
  /** Keys run at a time. A single key never runs twice at a time. Default 5. */
  readonly concurrency?: number;
  readonly rateLimit?: RateLimiterOptions;
  /** A key, never an event: looks at the world as it is. Throwing means again after a back-off. */
  readonly reconcile: Reconcile;
}

/** What a controller is made of. Everything with a life beyond `setup` goes into `disposables`. */
export interface ControllerEnvironment {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
  readonly disposables: DisposableStore;
  /** For long loops: resolves at once, or after a turn of the event loop when one is due. */
  readonly breathe: Breathe;
  /** Adds to what /metrics tells. */
  tell(families: Iterable<MetricFamily>): void;
  /** A shared informer; no key runs before it is synced. */
  informer<T extends KubeObject>(ref: ResourceRef<T>, options?: InformerOptions): Informer<T>;
  /** Runs the key of one of the controller's specs (default: the first) soon, or after `delayMs`. */
  enqueue(key: string, delayMs?: number, spec?: number): void;
}

export interface Controller {
  readonly name: string;
  /** The source of its events; default: name + '-controller'. */
  readonly component?: string;
  /**
   * What it may do where it runs as an extension, with an account of its own, beyond what it may anyway: read what it
   * watches, write the status of its `for` kind, and tell events.
   */
  readonly rbac?: readonly Permission[];
  /** Makes the parts; called once in each manager. Several specs have a queue and workers each. */
  readonly setup: (environment: ControllerEnvironment) => ControllerSpec | readonly ControllerSpec[];
}

/** Declares a controller: either its spec as it is, or `setup` that makes it from the environment. */
export function defineController(
  definition: Controller | (Omit<Controller, 'setup'> & ControllerSpec),
): Controller {
  if ('setup' in definition) return definition;
  const { name, component, rbac } = definition;
  return { name, component, rbac, setup: () => definition };
}

/** Runs `toKeys` on the old and the new state of each changed object, so that what an object leaves runs too. */
export function watching<T extends KubeObject>(
  ref: ResourceRef<T>,
  toKeys: (object: T, change: Change<T>) => Iterable<string>,
  options: InformerOptions & { readonly delayMs?: number } = {},
): Watch {
  const { delayMs = 0, ...informerOptions } = options;
  const both = (change: Change<KubeObject>) => {
    const typed = change as unknown as Change<T>;
    const keys = toKeys(typed.object, typed);
    if (!typed.old) return keys;
    const before = toKeys(typed.old, typed);
    return isNothingBeside(before, keys) ? keys : new Set([...keys, ...before]);
  };
  return { ref: ref as ResourceRef, options: informerOptions, toKeys: both, delayMs };
}

/** Most changes leave an object where it was: one key at most, and the same. */
function isNothingBeside(before: Iterable<string>, now: Iterable<string>): boolean {
  if (!Array.isArray(before) || !Array.isArray(now)) return false;
  return before.length === 0 || (before.length === 1 && now.length === 1 && before[0] === now[0]);
}

/** As `watching`, for who must hear of each change once, in order. */
export function observing<T extends KubeObject>(
  ref: ResourceRef<T>,
  toKeys: (change: Change<T>) => Iterable<string>,
  options: InformerOptions & { readonly delayMs?: number } = {},
): Watch {
  const { delayMs = 0, ...informerOptions } = options;
  const erased = (change: Change<KubeObject>) => toKeys(change as unknown as Change<T>);
  return { ref: ref as ResourceRef, options: informerOptions, toKeys: erased, delayMs };
}

/** Runs the object's own key. */
export function itself(object: KubeObject): string[] {
  return [objectKey(object)];
}

/** Runs the key of the object's controller where that is of `owner`'s kind and group. */
export function controllerKeys(owner: { group: string; kind: string }): (object: KubeObject) => string[] {
  return object => {
    const reference = controllerOf(object);
    if (reference?.kind !== owner.kind || groupOf(reference.apiVersion) !== owner.group) return [];
    return [objectKey({ metadata: { namespace: object.metadata.namespace, name: reference.name } })];
  };
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
