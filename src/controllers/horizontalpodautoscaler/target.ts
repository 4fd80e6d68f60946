import type { Scale } from '#api/generated/types/autoscaling.v1.ts';
import type { CrossVersionObjectReference } from '#api/generated/types/autoscaling.v2.ts';
import type { Clock } from '#base/clock.ts';
import type { Client } from '#client/client.ts';
import { parseApiVersion, type ResourceRef } from '#machinery/object.ts';
import { discoverResources } from '../shared/discovery.ts';

/** The target's scale subresource. */
export interface ScaleTarget {
  readonly ref: ResourceRef<Scale>;
  readonly scale: Scale;
}

const refreshMs = 30_000;

/** Finds the resource of a kind by asking the server what it serves, at most every 30 s or when a kind is unknown. */
export class ScaleTargets {
  readonly #client: Client;
  readonly #clock: Clock;
  #served: readonly ResourceRef[] = [];
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Throws what upstream's mapper or the server says where there is none. */
  async get(
    namespace: string,
    { apiVersion = '', kind, name }: CrossVersionObjectReference,
  ): Promise<ScaleTarget> {
    if (apiVersion.split('/').length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
    const ref = (await this.resourceOf(parseApiVersion(apiVersion).group, kind)) as ResourceRef<Scale>;
    return { ref, scale: await this.#client.get(ref, namespace, name, 'scale') };
  }

  async update({ ref, scale }: ScaleTarget, replicas: number): Promise<void> {
    const wanted = { ...scale, spec: { ...scale.spec, replicas } };
    await this.#client.update(ref, wanted, { subresource: 'scale' });
  }

  async resourceOf(group: string, kind: string): Promise<ResourceRef> {
    const isIt = (ref: ResourceRef) => ref.group === group && ref.kind === kind;
    const isOld = this.#clock.monotonicMs() - this.#askedMs > refreshMs;
    if (isOld || !this.#served.some(isIt)) await this.#ask();
    const found = this.#served.find(isIt);
    if (!found) throw new Error(`no matches for kind "${kind}" in group "${group}"`);
    return found;
  }

  async #ask(): Promise<void> {
    this.#served = await discoverResources(this.#client);
    this.#askedMs = this.#clock.monotonicMs();
  }
}
