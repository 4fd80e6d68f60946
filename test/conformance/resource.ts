import type { KubeConfig, KubernetesObject, V1Scale, V1Status } from '@kubernetes/client-node';
import { type ConfigurationOptions, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { type WatchOptions, Watcher } from './watcher.ts';

/** A generated API class of the client library. */
export type ApiClass = Parameters<KubeConfig['makeApiClient']>[0];

/** Where the client library keeps a kind's calls. */
export interface Kind<T extends KubernetesObject> {
  readonly api: ApiClass;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: ties the type to the value. */
  readonly type?: T;
}

export function namespacedKind<T extends KubernetesObject>(
  api: ApiClass,
  apiVersion: string,
  kind: string,
  plural = `${kind.toLowerCase()}s`,
): Kind<T> {
  return { api, apiVersion, kind, plural, namespaced: true };
}

export function clusterKind<T extends KubernetesObject>(
  api: ApiClass,
  apiVersion: string,
  kind: string,
  plural = `${kind.toLowerCase()}s`,
): Kind<T> {
  return { api, apiVersion, kind, plural, namespaced: false };
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly _continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
}

export interface DeleteOptions {
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly gracePeriodSeconds?: number;
}

export interface ListMeta {
  readonly resourceVersion?: string;
  readonly _continue?: string;
  readonly remainingItemCount?: number;
}

export interface List<T> {
  readonly metadata: ListMeta;
  readonly items: T[];
}

export type PatchType = 'strategic' | 'merge' | 'json';

const patchTypes: Readonly<Record<PatchType, string>> = {
  strategic: PatchStrategy.StrategicMergePatch,
  merge: PatchStrategy.MergePatch,
  json: PatchStrategy.JsonPatch,
};

type Call = (param: Readonly<Record<string, unknown>>, options?: ConfigurationOptions) => Promise<unknown>;

/** One kind in one namespace through the client library's own calls, under names that all kinds share. */
export class Resource<T extends KubernetesObject> {
  readonly kind: Kind<T>;
  readonly namespace: string;
  readonly #config: KubeConfig;
  readonly #calls: Readonly<Record<string, Call>>;

  constructor(config: KubeConfig, kind: Kind<T>, namespace: string) {
    this.#config = config;
    this.kind = kind;
    this.namespace = namespace;
    this.#calls = config.makeApiClient(kind.api) as unknown as Record<string, Call>;
  }

  /** The same kind in another namespace. */
  in(namespace: string): Resource<T> {
    return new Resource(this.#config, this.kind, namespace);
  }

  get path(): string {
    const { apiVersion, plural, namespaced } = this.kind;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    return namespaced && this.namespace
      ? `${root}/namespaces/${this.namespace}/${plural}`
      : `${root}/${plural}`;
  }

  async #call(
    verb: string,
    suffix: string,
    param: Readonly<Record<string, unknown>>,
    options?: ConfigurationOptions,
  ) {
    const name = `${verb}${this.kind.namespaced ? 'Namespaced' : ''}${this.kind.kind}${suffix}`;
    const call = this.#calls[name];
    if (!call) throw new Error(`the client library has no ${name}`);
    const where = this.kind.namespaced ? { namespace: this.namespace, ...param } : param;
    return call.call(this.#calls, where, options);
  }

  #typed(body: T): T {
    return { apiVersion: this.kind.apiVersion, kind: this.kind.kind, ...body };
  }

  create(body: T, options: { dryRun?: string; fieldValidation?: string } = {}): Promise<T> {
    return this.#call('create', '', { body: this.#typed(body), ...options }) as Promise<T>;
  }

  get(name: string): Promise<T> {
    return this.#call('read', '', { name }) as Promise<T>;
  }

  list(options: ListOptions = {}): Promise<List<T>> {
    return this.#call('list', '', { ...options }) as Promise<List<T>>;
  }

  /** Of all namespaces. */
  listAll(options: ListOptions = {}): Promise<List<T>> {
    if (!this.kind.namespaced) return this.list(options);
    const name = `list${this.kind.kind}ForAllNamespaces`;
    return this.#calls[name]!.call(this.#calls, { ...options }) as Promise<List<T>>;
  }

  async names(options: ListOptions = {}): Promise<string[]> {
    return (await this.list(options)).items.map(item => item.metadata!.name!);
  }

  replace(body: T): Promise<T> {
    return this.#call('replace', '', { name: body.metadata!.name!, body: this.#typed(body) }) as Promise<T>;
  }

  /** Reads, changes and replaces, again after a conflict. */
  async update(name: string, change: (object: T) => void): Promise<T> {
    for (;;) {
      const object = await this.get(name);
      change(object);
      try {
        return await this.replace(object);
      } catch (error) {
        if ((error as { code?: number }).code !== 409) throw error;
      }
    }
  }

  patch(name: string, body: unknown, type: PatchType = 'merge'): Promise<T> {
    return this.#call('patch', '', { name, body }, contentType(type)) as Promise<T>;
  }

  delete(name: string, options: DeleteOptions = {}): Promise<V1Status> {
    return this.#call('delete', '', { name, ...options }) as Promise<V1Status>;
  }

  deleteCollection(options: ListOptions & DeleteOptions = {}): Promise<V1Status> {
    return this.#call('deleteCollection', '', { ...options }) as Promise<V1Status>;
  }

  watch(options: WatchOptions = {}): Promise<Watcher<T>> {
    return Watcher.open<T>(this.#config, this.path, options);
  }

  getStatus(name: string): Promise<T> {
    return this.#call('read', 'Status', { name }) as Promise<T>;
  }

  replaceStatus(body: T): Promise<T> {
    const param = { name: body.metadata!.name!, body: this.#typed(body) };
    return this.#call('replace', 'Status', param) as Promise<T>;
  }

  /** Reads, changes and replaces the status, again after a conflict. */
  async updateStatus(name: string, change: (object: T) => void): Promise<T> {
    for (;;) {
      const object = await this.getStatus(name);
      change(object);
      try {
        return await this.replaceStatus(object);
      } catch (error) {
        if ((error as { code?: number }).code !== 409) throw error;
      }
    }
  }

  patchStatus(name: string, body: unknown, type: PatchType = 'merge'): Promise<T> {
    return this.#call('patch', 'Status', { name, body }, contentType(type)) as Promise<T>;
  }

  getScale(name: string): Promise<V1Scale> {
    return this.#call('read', 'Scale', { name }) as Promise<V1Scale>;
  }

  replaceScale(name: string, body: V1Scale): Promise<V1Scale> {
    return this.#call('replace', 'Scale', { name, body }) as Promise<V1Scale>;
  }

  patchScale(name: string, body: unknown): Promise<V1Scale> {
    return this.#call('patch', 'Scale', { name, body }, contentType('merge')) as Promise<V1Scale>;
  }
}

function contentType(type: PatchType): ConfigurationOptions {
  return setHeaderOptions('Content-Type', patchTypes[type]) as ConfigurationOptions;
}
