import { type Clock, sleep } from '#base/clock.ts';
import { type Client, type DeleteOptions, resourcePath } from '#client/client.ts';
import { isTransient } from '#client/retry.ts';
import { hasReason } from '#machinery/status.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';

/** Someone who wants things done, and tries until the API server says that they are. */
export class User {
  readonly #client: Client;
  readonly #clock: Clock;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** An answer may have been lost on the way: an object that is there already is the one of an earlier attempt. */
  async create<T extends KubeObject>(ref: ResourceRef<T>, object: Partial<T>): Promise<void> {
    await this.#try(async () => {
      try {
        await this.#client.create(ref, object);
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists')) throw error;
      }
    });
  }

  /** A strategic merge patch, of /scale for one. */
  async patch(ref: ResourceRef, namespace: string, name: string, patch: object): Promise<void> {
    await this.#try(() => this.#client.patch(ref, namespace, name, 'strategic', patch));
  }

  async scale(ref: ResourceRef, namespace: string, name: string, replicas: number): Promise<void> {
    await this.#try(() =>
      this.#client.transport.request({
        method: 'PATCH',
        path: resourcePath(ref, namespace, name, 'scale'),
        contentType: 'application/merge-patch+json',
        body: { spec: { replicas } },
      }),
    );
  }

  async get<T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string): Promise<T> {
    return this.#try(() => this.#client.get(ref, namespace, name));
  }

  async list<T extends KubeObject>(ref: ResourceRef<T>, namespace: string): Promise<readonly T[]> {
    return (await this.#try(() => this.#client.list(ref, namespace))).items;
  }

  async delete(
    ref: ResourceRef,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): Promise<void> {
    await this.#try(async () => {
      try {
        await this.#client.delete(ref, namespace, name, options);
      } catch (error) {
        // A namespace that ends already answers with a conflict.
        if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
      }
    });
  }

  /** Whatever a client can do; done again while there is no answer, or a conflict. */
  attempt<R>(act: (client: Client) => Promise<R>): Promise<R> {
    return this.#try(() => act(this.#client));
  }

  async #try<R>(attempt: () => Promise<R>): Promise<R> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!isTransient(error) && !hasReason(error, 'Conflict') && !isEarly(error)) throw error;
        await sleep(this.#clock, 500);
      }
    }
  }
}

/** A pod in a namespace that has its first account yet to come. */
function isEarly(error: unknown): boolean {
  return hasReason(error, 'Forbidden') && error.message.includes('error looking up service account');
}
