import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { Authorizer } from '../identity.ts';
import type { Outbound } from '../outbound.ts';
import type { Catalog } from '../resources/served.ts';
import type { StateCache } from '../resources/state-cache.ts';
import type { AllocationMetrics } from '../service-allocation/metrics.ts';
import { type ServiceAllocationOptions, serviceAllocation } from '../service-allocation/plugin.ts';
import { alwaysAdmit, alwaysDeny } from './always.ts';
import { alwaysPullImages } from './always-pull-images.ts';
import { limitPodHardAntiAffinityTopology } from './anti-affinity-topology.ts';
import { denyServiceExternalIPs } from './deny-service-external-ips.ts';
import { type EventLimit, eventRateLimit } from './event-rate-limit.ts';
import { extendedResourceToleration } from './extended-resource-toleration.ts';
import { namespaceAutoProvision, namespaceExists } from './namespace-existence.ts';
import { ownerReferencesPermissions } from './owner-references.ts';
import { type NodeSelectors, podNodeSelector } from './pod-node-selector.ts';
import { type TolerationSettings, podTolerationRestriction } from './pod-toleration-restriction.ts';
import type { LimitedResource } from './limited-resources.ts';
import type { PodSecuritySettings } from './pod-security/policy.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts';
import { persistentVolumeClaimResize } from './claim-resize.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { type SilenceSeconds, defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { type ImagePolicySettings, imagePolicyWebhook } from './image-policy.ts';
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
import type { WebhookClients } from './webhooks/clients.ts';
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
  /** The server's own; undefined while it starts. */
  readonly client: () => Client | undefined;
  /** The plugins of authentication and authorization: NodeRestriction and what keeps roles within bounds. */
  readonly security: readonly AdmissionPlugin[];
  /** The user's own; asked for at each request. */
  readonly rules: () => readonly BoundRule[];
}

/** What an AdmissionConfiguration says of plugins, read. */
export interface PluginConfigurations {
  readonly PodSecurity?: PodSecuritySettings;
  readonly ResourceQuota?: { readonly limitedResources?: readonly LimitedResource[] };
  readonly EventRateLimit?: { readonly limits: readonly EventLimit[] };
  readonly PodNodeSelector?: NodeSelectors;
  readonly PodTolerationRestriction?: TolerationSettings;
  readonly ImagePolicyWebhook?: ImagePolicySettings;
  readonly MutatingAdmissionWebhook?: WebhookClients;
  readonly ValidatingAdmissionWebhook?: WebhookClients;
}

/** Which plugins there are, and how they go about it. */
export interface AdmissionSettings {
  /** Names of those that are to be on beside the ones that are by default, and of those that are not. */
  readonly enabled?: readonly string[];
  readonly disabled?: readonly string[];
  readonly configurations?: PluginConfigurations;
  readonly silence?: SilenceSeconds;
}

type Make = (
  environment: AdmissionEnvironment & {
    readonly configured: PluginConfigurations;
    readonly silence: SilenceSeconds;
  },
) => AdmissionPlugin;

interface KnownPlugin {
  readonly name: string;
  readonly isDefault: boolean;
  /** Absent: upstream has it for gates that are off. */
  readonly make?: Make;
}

const on = (name: string, make?: Make): KnownPlugin => ({ name, isDefault: true, ...(make ? { make } : {}) });
const off = (name: string, make: Make): KnownPlugin => ({ name, isDefault: false, make });

/** In the order in which they run, which is upstream's; security's own, and the user's rules, have no names there. */
const knownPlugins: readonly (KnownPlugin | 'security' | 'rules' | 'services')[] = [
  off('AlwaysAdmit', () => alwaysAdmit),
  off('NamespaceAutoProvision', e => namespaceAutoProvision(e.cache.bucket('core/namespaces'), e.client)),
  on('NamespaceLifecycle', e => namespaceLifecycle(e.cache.bucket('core/namespaces'))),
  off('NamespaceExists', e => namespaceExists(e.cache.bucket('core/namespaces'))),
  off('LimitPodHardAntiAffinityTopology', () => limitPodHardAntiAffinityTopology),
  on('LimitRanger', e => limitRanger(e.cache.bucket('core/limitranges'))),
  on('ServiceAccount', e => serviceAccount(e.cache.bucket('core/serviceaccounts'), e.random, e.clock)),
  'security',
  on('TaintNodesByCondition', () => taintNodesByCondition),
  off('AlwaysPullImages', () => alwaysPullImages),
  off('ImagePolicyWebhook', e => imagePolicyWebhook(e.configured.ImagePolicyWebhook!, e)),
  on('PodSecurity', e =>
    podSecurity({
      state: e.cache,
      clock: e.clock,
      metrics: e.metrics.podSecurity,
      settings: e.configured.PodSecurity,
    }),
  ),
  off('PodNodeSelector', e =>
    podNodeSelector(e.cache.bucket('core/namespaces'), e.configured.PodNodeSelector ?? {}),
  ),
  on('Priority', e => priority(e.cache.bucket('scheduling.k8s.io/priorityclasses'))),
  on('DefaultTolerationSeconds', e => defaultTolerationSeconds(e.silence)),
  off('PodTolerationRestriction', e =>
    podTolerationRestriction(
      e.cache.bucket('core/namespaces'),
      e.configured.PodTolerationRestriction ?? {},
      e.schemas,
    ),
  ),
  off('EventRateLimit', e => eventRateLimit(e.configured.EventRateLimit?.limits ?? [], e.clock)),
  off('ExtendedResourceToleration', () => extendedResourceToleration),
  on('DefaultStorageClass', e => defaultStorageClass(e.cache.bucket('storage.k8s.io/storageclasses'))),
  on('StorageObjectInUseProtection', () => storageObjectInUseProtection),
  on('PodGroupProtection'),
  off('OwnerReferencesPermissionEnforcement', e => ownerReferencesPermissions(e.catalog, e.authorizer)),
  on('PersistentVolumeClaimResize', e =>
    persistentVolumeClaimResize(e.cache.bucket('storage.k8s.io/storageclasses')),
  ),
  on('RuntimeClass', e => runtimeClass(e.cache.bucket('node.k8s.io/runtimeclasses'))),
  on('CertificateApproval', e => certificateApproval(e.authorizer)),
  on('CertificateSigning', e => certificateSigning(e.authorizer)),
  on('ClusterTrustBundleAttest'),
  on('CertificateSubjectRestriction', () => certificateSubjectRestriction),
  on('DefaultIngressClass', e => defaultIngressClass(e.cache.bucket('networking.k8s.io/ingressclasses'))),
  off('DenyServiceExternalIPs', () => denyServiceExternalIPs),
  on('PodTopologyLabels', e => podTopologyLabels(e.cache.bucket('core/nodes'))),
  on('PodGroupWorkloadExists'),
  on('NodeDeclaredFeatureValidator', e => nodeDeclaredFeatures(e.cache.bucket('core/nodes'))),
  on('JobValidation'),
  on('PodResizeValidator', e => podResize(e.cache.bucket('core/nodes'))),
  on('MutatingAdmissionPolicy', e => mutatingPolicies(dynamic(e))),
  'rules',
  on('MutatingAdmissionWebhook', e =>
    mutatingWebhooks({ ...dynamic(e), clients: e.configured.MutatingAdmissionWebhook }),
  ),
  'services',
  on('ValidatingAdmissionPolicy', e => validatingPolicies(dynamic(e))),
  on('ValidatingAdmissionWebhook', e =>
    validatingWebhooks({ ...dynamic(e), clients: e.configured.ValidatingAdmissionWebhook }),
  ),
  // The last word, since a write that it counts should happen.
  on('ResourceQuota', e =>
    resourceQuota({
      state: e.cache,
      clock: e.clock,
      writeUsed: e.writeQuotaUsed,
      limited: e.configured.ResourceQuota?.limitedResources,
    }),
  ),
  off('AlwaysDeny', () => alwaysDeny),
];

function dynamic(environment: AdmissionEnvironment) {
  return { ...environment, state: environment.cache };
}

/** As --enable-admission-plugins knows them. */
export const admissionPluginNames: readonly string[] = [
  ...knownPlugins.flatMap(one => (typeof one === 'string' ? [] : [one.name])),
  'NodeRestriction',
].sort();

/** The plugins that are on, in the order in which they run. */
export function builtInAdmission(
  environment: AdmissionEnvironment,
  { enabled = [], disabled = [], configurations = {}, silence = {} }: AdmissionSettings = {},
): AdmissionPlugin[] {
  const configured = { ...environment, configured: configurations, silence };
  return knownPlugins.flatMap(one => {
    if (one === 'security') return environment.security.filter(({ name }) => !disabled.includes(name));
    if (one === 'rules') return [admissionRules(dynamic(environment))];
    if (one === 'services') {
      return [serviceAllocation(environment.cache, environment.random, environment)];
    }
    const isOn = enabled.includes(one.name) || (one.isDefault && !disabled.includes(one.name));
    return isOn && one.make ? [one.make(configured)] : [];
  });
}
