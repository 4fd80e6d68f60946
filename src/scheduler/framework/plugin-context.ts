import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import type { ObjectSource } from './object-source.ts';

/** What plugins are made from. */
export interface PluginContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the scheduler stops. */
  readonly signal: AbortSignal;
  /** The scheduler's cache of a resource, complete before the first pod is scheduled. */
  readonly lister: <T extends KubeObject>(resource: ResourceRef<T>) => ObjectSource<T>;
  readonly budgets: () => readonly PodDisruptionBudget[];
}
