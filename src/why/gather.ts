/** Reads facts of any conformant cluster through its API, each thing once; what may not be read is written down. */
import { events } from '#api/generated/refs.ts';
import type { ContainerStatus, Pod } from '#api/generated/types/core.v1.ts';
import type { Client, ListOptions } from '#client/client.ts';
import { resourcePath } from '#client/client.ts';
import { pods } from '#api/generated/refs.ts';
import type { KubeObject, OwnerReference, ResourceRef } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { Facts } from './facts.ts';

export interface GathererOptions {
  readonly client: Client;
  /** Where objects of a kind are served; undefined where they are not. */
  readonly resolve: (apiVersion: string, kind: string) => ResourceRef | undefined;
  /** Every namespaced resource that can be listed, for what is left of a namespace or an owner. */
  readonly listable: () => readonly ResourceRef[];
  readonly nowMs: number;
}

const logLines = 6;
const ownersMax = 8;

export class Gatherer {
  readonly #options: GathererOptions;
  readonly #objects: KubeObject[] = [];
  readonly #unread = new Set<string>();
  readonly #logs = new Map<string, readonly string[]>();
  readonly #done = new Map<string, Promise<unknown>>();

  constructor(options: GathererOptions) {
    this.#options = options;
  }

  facts(): Facts {
    return new Facts({
      nowMs: this.#options.nowMs,
      objects: this.#objects,
      unread: [...this.#unread],
      logs: this.#logs,
    });
  }

  add(object: KubeObject): void {
    this.#objects.push(object);
  }

  /** `namespace` '' is all of them. What is refused counts as unread, and answers nothing. */
  list<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    options: ListOptions = {},
  ): Promise<readonly T[]> {
    const what = `${ref.resource}${namespace === '' ? '' : ` in ${namespace}`}`;
    return this.#once(`list ${ref.group} ${what} ${JSON.stringify(options)}`, what, async () => {
      const { items } = await this.#options.client.list(ref, namespace, options);
      this.#objects.push(...items);
      return items as readonly T[];
    }).then(items => items ?? []);
  }

  /** Of all namespaces, or where that is not allowed, of the one. */
  async listWidely<T extends KubeObject>(ref: ResourceRef<T>, namespace: string): Promise<readonly T[]> {
    const all = await this.list(ref, '');
    return all.length === 0 && namespace !== '' && this.#isUnread(ref.resource)
      ? this.list(ref, namespace)
      : all;
  }

  #isUnread(what: string): boolean {
    return [...this.#unread].some(text => text.startsWith(`${what} (`));
  }

  get<T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string): Promise<T | undefined> {
    const what = `${ref.resource} ${namespace === '' ? '' : `${namespace}/`}${name}`;
    return this.#once(`get ${ref.group} ${what}`, what, async () => {
      const object = await this.#options.client.get(ref, namespace, name);
      this.#objects.push(object);
      return object;
    });
  }

  /** Its owners and theirs, up to the top. */
  async owners(object: KubeObject, depth = ownersMax): Promise<void> {
    if (depth === 0) return;
    await Promise.all(
      (object.metadata.ownerReferences ?? []).map(async reference => {
        const owner = await this.#owner(reference, object.metadata.namespace ?? '');
        if (owner) await this.owners(owner, depth - 1);
      }),
    );
  }

  async #owner(
    { apiVersion, kind, name }: OwnerReference,
    namespace: string,
  ): Promise<KubeObject | undefined> {
    const ref = this.#options.resolve(apiVersion, kind);
    return ref && this.get(ref, ref.namespaced ? namespace : '', name);
  }

  events(namespace: string, kind: string, name: string): Promise<unknown> {
    const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
    // Events about objects of the cluster are kept in a namespace all the same.
    return this.list(events, namespace, { fieldSelector });
  }

  /** All that is left in a namespace, of every kind but events. */
  async everything(namespace: string): Promise<void> {
    const refs = this.#options.listable().filter(({ resource, group }) => {
      return resource !== 'events' && group !== 'metrics.k8s.io';
    });
    await Promise.all(refs.map(ref => this.list(ref, namespace)));
  }

  /** The last lines of a container's run that ended. */
  async log(pod: Pod, { name, state }: ContainerStatus): Promise<void> {
    const { namespace = '', name: podName = '' } = pod.metadata;
    const path = resourcePath(pods, namespace, podName, 'log');
    const previous = state?.terminated ? undefined : 'true';
    try {
      const { body } = await this.#options.client.transport.request({
        method: 'GET',
        path,
        query: { container: name, tailLines: String(logLines), previous },
      });
      const lines = String(body)
        .split('\n')
        .filter(line => line.trim() !== '');
      this.#logs.set(`${namespace}/${podName}/${name}`, lines);
    } catch (error) {
      // The kubelet may be away, or the log gone: the rest is explained without it.
      if (!(error instanceof StatusError)) throw error;
    }
  }

  #once<R>(key: string, what: string, read: () => Promise<R>): Promise<R | undefined> {
    const known = this.#done.get(key) as Promise<R | undefined> | undefined;
    if (known) return known;
    const reading = read().catch((error: unknown) => {
      if (!(error instanceof StatusError)) throw error;
      if (error.code !== 404) this.#unread.add(`${what} (${error.reason || error.code})`);
      return undefined;
    });
    this.#done.set(key, reading);
    return reading;
  }
}
