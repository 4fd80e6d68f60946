/** For tests alone: what plugins are made from, without a cluster behind it. */
import type { Clock } from '#base/clock.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import { ObjectCache } from '#client/object-cache.ts';
import { type KubeObject, objectKey, type ResourceRef } from '#machinery/object.ts';
import type { PluginContext } from './framework/plugin-context.ts';

/** Objects beside pods and nodes that plugins look up. */
export class ObjectListers {
  readonly #caches = new Map<ResourceRef, ObjectCache<KubeObject>>();

  of<T extends KubeObject>(resource: ResourceRef<T>) {
    const key = resource as ResourceRef;
    const cache = this.#caches.get(key) ?? new ObjectCache<KubeObject>();
    this.#caches.set(key, cache);
    const typed = cache as unknown as ObjectCache<T>;
    return {
      get: (name: string) => typed.get(name),
      list: (namespace?: string) => (namespace ? typed.byNamespace(namespace) : typed.all()),
      byIndex: (name: string, value: string) => typed.byIndex(name, value),
      addIndex: (name: string, index: (object: T) => readonly string[]) => typed.addIndex(name, index),
      on: () => ({ [Symbol.dispose]() {} }),
      get size() {
        return typed.size;
      },
      set: (object: T) => typed.set(objectKey(object), object),
    };
  }
}

/** A context whose listers are empty and whose client does nothing, but for what is given. */
export function pluginContext(
  given: Partial<PluginContext> & { readonly clock?: Clock } = {},
): PluginContext {
  const listers = new ObjectListers();
  return {
    client: {} as Client,
    clock: new VirtualClock(() => Promise.resolve()),
    random: new SeededRandom(1),
    signal: new AbortController().signal,
    lister: resource => listers.of(resource),
    budgets: () => [],
    ...given,
  };
}
