import type { KubeList, KubeObject, ResourceRef } from '#machinery/object.ts';
import type { Transport, WatchHandler } from './transport.ts';

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly subresource?: string;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/**
 * A typed client of any conformant API server. `namespace` is '' for cluster-scoped objects, and for lists over all
 * namespaces. Failures reject with StatusError. What comes back is frozen.
 */
export interface Client {
  readonly transport: Transport;
  get<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    name: string,
    subresource?: string,
  ): Promise<T>;
  list<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    options?: ListOptions,
  ): Promise<KubeList<T>>;
  watch<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    options: WatchOptions,
    handler: WatchHandler,
  ): Disposable;
  /** Creates in object.metadata.namespace. apiVersion and kind may be left out. */
  create<T extends KubeObject>(ref: ResourceRef<T>, object: Partial<T>, options?: WriteOptions): Promise<T>;
  /** PUT to object.metadata.namespace and name. A resourceVersion in it makes the write conditional. */
  update<T extends KubeObject>(ref: ResourceRef<T>, object: Partial<T>, options?: WriteOptions): Promise<T>;
  /** PUT to /status. */
  updateStatus<T extends KubeObject>(
    ref: ResourceRef<T>,
    object: Partial<T>,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    name: string,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions & { readonly force?: boolean },
  ): Promise<T>;
  /** POST to a subresource, e.g. binding, eviction, token. */
  createSubresource(
    ref: ResourceRef,
    namespace: string,
    name: string,
    subresource: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<unknown>;
  delete(ref: ResourceRef, namespace: string, name: string, options?: DeleteOptions): Promise<void>;
  deleteCollection(ref: ResourceRef, namespace: string, options?: DeleteOptions & ListOptions): Promise<void>;
}
