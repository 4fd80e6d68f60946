import { RecentCache } from '#base/recent-cache.ts';
import { goQuote } from '#machinery/go-json.ts';
import { checkPathSegment } from '#machinery/names.ts';
import { apiVersionOf, type KubeList, type KubeObject, type ResourceRef } from '#machinery/object.ts';
import { qualified, statusError } from '#machinery/status.ts';
import type { Transport, TransportRequest, WatchHandler } from './transport.ts';

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
  /** An 'apply' patch may leave out apiVersion, kind, name and namespace: they are the target's. */
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

const patchContentTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/**
 * One part of a path, escaped. Names that controllers ask for come from objects that others wrote, and servers take an escaped
 * slash for a slash: what no object can be called would lead elsewhere, and is refused as client-go refuses it.
 */
function segment(what: string, name: string): string {
  const escaped = encodeURIComponent(name);
  const wrong = escaped !== name || name.startsWith('.') ? checkPathSegment(name) : [];
  if (wrong.length === 0) return escaped;
  throw statusError.badRequest(`invalid ${what} ${goQuote(name)}: [${wrong.join(' ')}]`);
}

function collectionPath(ref: ResourceRef, namespace: string): string {
  const version = ref.group === '' ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  const place =
    ref.namespaced && namespace !== '' ? `${version}/namespaces/${segment('namespace', namespace)}` : version;
  return `${place}/${ref.resource}`;
}

/** The escaped path of a resource's collection, of one object of it, or of a subresource of that. */
export function resourcePath(ref: ResourceRef, namespace: string, name = '', subresource = ''): string {
  return pathIn(collectionPath(ref, namespace), name, subresource);
}

function pathIn(collection: string, name: string, subresource: string): string {
  let path = collection;
  if (name !== '') path += `/${segment('resource name', name)}`;
  if (subresource !== '') path += `/${subresource}`;
  return path;
}

type Query = Record<string, string | undefined>;

function text(value: string | number | boolean | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : String(value);
}

function listQuery(options: ListOptions): Query {
  return {
    labelSelector: text(options.labelSelector),
    fieldSelector: text(options.fieldSelector),
    limit: text(options.limit),
    continue: text(options.continue),
    resourceVersion: text(options.resourceVersion),
    resourceVersionMatch: text(options.resourceVersionMatch),
  };
}

function watchQuery(options: WatchOptions): Query {
  return {
    watch: '1',
    labelSelector: text(options.labelSelector),
    fieldSelector: text(options.fieldSelector),
    resourceVersion: text(options.resourceVersion),
    // Upstream refuses initial events without a match rule (KEP-3157).
    resourceVersionMatch: options.sendInitialEvents === undefined ? undefined : 'NotOlderThan',
    sendInitialEvents: text(options.sendInitialEvents),
    allowWatchBookmarks: text(options.allowWatchBookmarks),
    timeoutSeconds: text(options.timeoutSeconds),
  };
}

/** Most writes have no options but where they go. */
function writeQuery(options: WriteOptions & { readonly force?: boolean }): Query | undefined {
  const { dryRun, fieldManager, fieldValidation, force } = options;
  if (!dryRun && !fieldManager && !fieldValidation && !force) return undefined;
  return {
    dryRun: dryRun ? 'All' : undefined,
    fieldManager: text(fieldManager),
    fieldValidation: text(fieldValidation),
    force: force ? 'true' : undefined,
  };
}

function deleteBody(options: DeleteOptions): unknown {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.propagationPolicy ? { propagationPolicy: options.propagationPolicy } : {}),
    ...(options.preconditions ? { preconditions: options.preconditions } : {}),
    ...(options.dryRun ? { dryRun: ['All'] } : {}),
  };
}

/** The name to write to; an object without one would be a write to the collection. */
function nameOf(ref: ResourceRef, object: Partial<KubeObject>): string {
  const name = object.metadata?.name;
  if (!name) throw statusError.badRequest(`${qualified(ref)}: resource name may not be empty`);
  return name;
}

/** Where a request goes: its path, and what that says where no part of it is escaped. */
type Placed = Pick<TransportRequest, 'path' | 'place'>;

function isPlain(name: string): boolean {
  return encodeURIComponent(name) === name;
}

/** Of one resource. */
const collectionsKept = 256;

/** Paths of collections, each the same string for all who ask. */
class CollectionPaths {
  readonly #byRef = new WeakMap<ResourceRef, RecentCache<string, string>>();

  of(ref: ResourceRef, namespace: string): string {
    let paths = this.#byRef.get(ref);
    if (!paths) {
      paths = new RecentCache(collectionsKept);
      this.#byRef.set(ref, paths);
    }
    let path = paths.get(namespace);
    if (path === undefined) {
      path = collectionPath(ref, namespace);
      paths.set(namespace, path);
    }
    return path;
  }
}

/** A Client over any transport. Holds no state but what it has found out about paths. */
export function createClient(transport: Transport): Client {
  return new RestClient(transport);
}

class RestClient implements Client {
  readonly transport: Transport;
  readonly #collections = new CollectionPaths();

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    name: string,
    subresource?: string,
  ): Promise<T> {
    if (name === '') throw statusError.badRequest(`${qualified(ref)}: resource name may not be empty`);
    return this.#send<T>({ method: 'GET', ...this.#placed(ref, namespace, name, subresource) });
  }

  async list<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    options: ListOptions = {},
  ): Promise<KubeList<T>> {
    const path = resourcePath(ref, namespace);
    const list = await this.#send<KubeList<T>>({ method: 'GET', path, query: listQuery(options) });
    return withTypes(ref, list);
  }

  watch<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    options: WatchOptions,
    handler: WatchHandler,
  ): Disposable {
    const path = resourcePath(ref, namespace);
    return this.transport.watch({ method: 'GET', path, query: watchQuery(options) }, handler);
  }

  create<T extends KubeObject>(
    ref: ResourceRef<T>,
    object: Partial<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const { subresource } = options;
    const name = subresource ? nameOf(ref, object) : '';
    return this.#send<T>({
      method: 'POST',
      ...this.#placed(ref, object.metadata?.namespace ?? '', name, subresource),
      query: writeQuery(options),
      body: typed(ref, object),
    });
  }

  update<T extends KubeObject>(
    ref: ResourceRef<T>,
    object: Partial<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const namespace = object.metadata?.namespace ?? '';
    return this.#send<T>({
      method: 'PUT',
      ...this.#placed(ref, namespace, nameOf(ref, object), options.subresource),
      query: writeQuery(options),
      body: typed(ref, object),
    });
  }

  updateStatus<T extends KubeObject>(
    ref: ResourceRef<T>,
    object: Partial<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.update(ref, object, { ...options, subresource: 'status' });
  }

  patch<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    name: string,
    type: PatchType,
    patch: unknown,
    options: WriteOptions & { readonly force?: boolean } = {},
  ): Promise<T> {
    return this.#send<T>({
      method: 'PATCH',
      ...this.#placed(ref, namespace, name, options.subresource),
      query: writeQuery(options),
      contentType: patchContentTypes[type],
      body: type === 'apply' ? applied(ref, namespace, name, patch as Partial<T>) : patch,
    });
  }

  createSubresource(
    ref: ResourceRef,
    namespace: string,
    name: string,
    subresource: string,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<unknown> {
    const placed = this.#placed(ref, namespace, name, subresource);
    return this.#send({ method: 'POST', ...placed, query: writeQuery(options), body });
  }

  async delete(
    ref: ResourceRef,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): Promise<void> {
    await this.#send({ method: 'DELETE', ...this.#placed(ref, namespace, name), body: deleteBody(options) });
  }

  async deleteCollection(
    ref: ResourceRef,
    namespace: string,
    options: DeleteOptions & ListOptions = {},
  ): Promise<void> {
    const path = resourcePath(ref, namespace);
    await this.#send({ method: 'DELETE', path, query: listQuery(options), body: deleteBody(options) });
  }

  #placed(ref: ResourceRef, namespace: string, name: string, subresource = ''): Placed {
    const collection = this.#collections.of(ref, namespace);
    const path = pathIn(collection, name, subresource);
    return isPlain(name) && isPlain(namespace) && isPlain(subresource)
      ? { path, place: { collection, name, subresource } }
      : { path };
  }

  async #send<R>(request: TransportRequest): Promise<R> {
    return (await this.transport.request(request)).body as R;
  }
}

function typed<T extends KubeObject>(ref: ResourceRef<T>, object: Partial<T>): Partial<T> {
  if (object.apiVersion && object.kind) return object;
  return { ...object, apiVersion: apiVersionOf(ref), kind: ref.kind };
}

function applied<T extends KubeObject>(
  ref: ResourceRef<T>,
  namespace: string,
  name: string,
  patch: Partial<T>,
): Partial<T> {
  const metadata = { ...(ref.namespaced ? { namespace } : {}), name, ...patch.metadata };
  return typed(ref, { ...patch, metadata });
}

/** Upstream leaves apiVersion and kind out of a list's items: puts them back, in new objects. */
function withTypes<T extends KubeObject>(ref: ResourceRef<T>, list: KubeList<T>): KubeList<T> {
  const items = list.items ?? [];
  if (items.every(item => item.kind && item.apiVersion) && list.items) return list;
  const apiVersion = apiVersionOf(ref);
  return {
    ...list,
    items: items.map(item => Object.freeze({ ...item, apiVersion, kind: ref.kind })),
  };
}
