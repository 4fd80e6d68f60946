import type { Random } from '#base/random.ts';
import type { Catalog } from '../resources/served.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { priority } from './priority.ts';
import { serviceAccount } from './service-account.ts';
import { type ServiceAllocationOptions, serviceAllocation } from './service-allocation.ts';

export interface AdmissionEnvironment {
  readonly cache: StateCache;
  readonly catalog: Catalog;
  readonly random: Random;
  readonly serviceAllocation: ServiceAllocationOptions;
}

/** The plugins that are always on, in the order in which they run (upstream's, ours last). */
export function builtInAdmission(environment: AdmissionEnvironment): AdmissionPlugin[] {
  const { cache, random } = environment;
  return [
    namespaceLifecycle(cache.bucket('core/namespaces')),
    serviceAccount(cache.bucket('core/serviceaccounts'), random),
    priority(cache.bucket('scheduling.k8s.io/priorityclasses')),
    defaultTolerationSeconds,
    serviceAllocation(cache.bucket('core/services'), random, environment.serviceAllocation),
  ];
}
