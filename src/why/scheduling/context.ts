/** What the scheduler's plugins are made from, over facts: caches that never change, a clock that stands still. */
import { podDisruptionBudgets } from '#api/generated/refs.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import { ObjectCache } from '#client/object-cache.ts';
import { type KubeObject, objectKey, type ResourceRef } from '#machinery/object.ts';
import type { ObjectSource } from '#scheduler/framework/object-source.ts';
import type { PluginContext } from '#scheduler/framework/plugin-context.ts';
import type { Facts } from '../facts.ts';

export function pluginContextOf(facts: Facts): PluginContext {
  return {
    // Only what binds asks the server anything, and nothing is bound here.
    client: {} as Client,
    clock: new VirtualClock(() => Promise.resolve(), facts.nowMs),
    random: new SeededRandom(1),
    signal: new AbortController().signal,
    lister: resource => sourceOf(facts, resource),
    budgets: () => facts.all(podDisruptionBudgets),
  };
}

function sourceOf<T extends KubeObject>(facts: Facts, resource: ResourceRef<T>): ObjectSource<T> {
  const cache = new ObjectCache<T>();
  for (const object of facts.all(resource)) cache.set(objectKey(object), object);
  return {
    get: key => cache.get(key),
    list: namespace => (namespace ? cache.byNamespace(namespace) : cache.all()),
    byIndex: (name, value) => cache.byIndex(name, value),
    addIndex: (name, index) => cache.addIndex(name, index),
    on: () => ({ [Symbol.dispose]() {} }),
    get size() {
      return cache.size;
    },
  };
}
