import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Authorizer } from '../identity.ts';
import type { Outbound } from '../outbound.ts';
import type { Catalog } from '../resources/served.ts';
import type { StateCache } from '../resources/state-cache.ts';
import type { AllocationMetrics } from '../service-allocation/metrics.ts';
import { type ServiceAllocationOptions, serviceAllocation } from '../service-allocation/plugin.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts';
import { persistentVolumeClaimResize } from './claim-resize.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import type { AdmissionMetrics } from './metrics.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeDeclaredFeatures } from './node-declared-features.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { podResize } from './pod-resize.ts';
import { podSecurity } from './pod-security/pod-security.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { mutatingPolicies } from './policies/mutating.ts';
import { validatingPolicies } from './policies/validating.ts';
import { priority } from './priority.ts';
import { type WriteUsed, resourceQuota } from './resource-quota.ts';
import { admissionRules } from './rules/plugin.ts';
import type { BoundRule } from './rules/rule.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';
import { mutatingWebhooks } from './webhooks/mutating.ts';
import { validatingWebhooks } from './webhooks/validating.ts';

export interface AdmissionEnvironment {
  readonly cache: StateCache;
  readonly catalog: Catalog;
  readonly schemas: SchemaRegistry;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly outbound: Outbound;
  readonly metrics: AdmissionMetrics;
  readonly authorizer: Authorizer;
  readonly serviceAllocation: ServiceAllocationOptions;
  readonly allocationMetrics: AllocationMetrics;
  readonly writeQuotaUsed: WriteUsed;
  /** The plugins of authentication and authorization: NodeRestriction and what keeps roles within bounds. */
  readonly security: readonly AdmissionPlugin[];
  /** The user's own; asked for at each request. */
  readonly rules: () => readonly BoundRule[];
}

/** The plugins that are always on, in the order in which they run, which is upstream's. */
export function builtInAdmission(environment: AdmissionEnvironment): AdmissionPlugin[] {
  const { cache, random, clock, authorizer } = environment;
  const dynamic = { ...environment, state: cache };
  return [
    namespaceLifecycle(cache.bucket('core/namespaces')),
    limitRanger(cache.bucket('core/limitranges')),
    serviceAccount(cache.bucket('core/serviceaccounts'), random, clock),
    ...environment.security,
    taintNodesByCondition,
    podSecurity(cache, clock, environment.metrics.podSecurity),
    priority(cache.bucket('scheduling.k8s.io/priorityclasses')),
    defaultTolerationSeconds,
    defaultStorageClass(cache.bucket('storage.k8s.io/storageclasses')),
    storageObjectInUseProtection,
    persistentVolumeClaimResize(cache.bucket('storage.k8s.io/storageclasses')),
    runtimeClass(cache.bucket('node.k8s.io/runtimeclasses')),
    certificateApproval(authorizer),
    certificateSigning(authorizer),
    certificateSubjectRestriction,
    defaultIngressClass(cache.bucket('networking.k8s.io/ingressclasses')),
    podTopologyLabels(cache.bucket('core/nodes')),
    nodeDeclaredFeatures(cache.bucket('core/nodes')),
    podResize(cache.bucket('core/nodes')),
    mutatingPolicies(dynamic),
    admissionRules(dynamic),
    mutatingWebhooks(dynamic),
    serviceAllocation(cache, random, environment),
    validatingPolicies(dynamic),
    validatingWebhooks(dynamic),
    // The last word, since a write that it counts should happen.
    resourceQuota(cache, clock, environment.writeQuotaUsed),
  ];
}
