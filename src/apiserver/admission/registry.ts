import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { Catalog } from '../resources/served.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { type ServiceAllocationOptions, serviceAllocation } from './service-allocation.ts';

export interface AdmissionEnvironment {
  readonly cache: StateCache;
  readonly catalog: Catalog;
  readonly random: Random;
  readonly clock: Clock;
  readonly serviceAllocation: ServiceAllocationOptions;
}

/** The plugins that are always on, in the order in which they run (upstream's, ours last). */
export function builtInAdmission(environment: AdmissionEnvironment): AdmissionPlugin[] {
  const { cache, random } = environment;
  return [
    namespaceLifecycle(cache.bucket('core/namespaces')),
    limitRanger(cache.bucket('core/limitranges')),
    serviceAccount(cache.bucket('core/serviceaccounts'), random),
    priority(cache.bucket('scheduling.k8s.io/priorityclasses')),
    defaultTolerationSeconds,
    defaultStorageClass(cache.bucket('storage.k8s.io/storageclasses')),
    runtimeClass(cache.bucket('node.k8s.io/runtimeclasses')),
    defaultIngressClass(cache.bucket('networking.k8s.io/ingressclasses')),
    serviceAllocation(cache.bucket('core/services'), random, environment.serviceAllocation),
  ];
}

/** The plugin that has the last word, since a write that it counts should happen. */
export function lastAdmission({
  cache,
  clock,
}: Pick<AdmissionEnvironment, 'cache' | 'clock'>): AdmissionPlugin[] {
  return [resourceQuota(cache, clock)];
}
