/** A pod with all that plugins ask of it over and over, worked out once. */
import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '#api/generated/types/core.v1.ts';
import { objectKey } from '#machinery/object.ts';
import { LabelSelector, parseSelectorObject, SelectorError } from '#machinery/selectors.ts';
import { podRequests, type Resources, scoringRequests } from './resources.ts';

/** A pod affinity term, ready to match. */
export interface AffinityTerm {
  readonly namespaces: ReadonlySet<string>;
  /** By the namespace's labels; matches nothing where the term has none. */
  readonly namespaceSelector: LabelSelector;
  readonly selector: LabelSelector;
  readonly topologyKey: string;
}

export interface WeightedTerm {
  readonly weight: number;
  readonly term: AffinityTerm;
}

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  readonly key: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  /** Of the first owner reference: pods of one owner are alike. */
  readonly ownerUid: string | undefined;
  readonly requests: Resources;
  readonly scoringRequests: Resources;
  readonly hostPorts: readonly HostPort[];
  /** The PersistentVolumeClaims that it uses, as 'namespace/name'; those of its ephemeral volumes too. */
  readonly claims: readonly string[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
  readonly hasAffinity: boolean;
}

const none: readonly never[] = [];
const noLabels = {};

export function podInfo(pod: Pod): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const terms = (list: readonly PodAffinityTerm[] | undefined) =>
    list?.map(t => affinityTerm(pod, t)) ?? none;
  const weighted = (list: readonly WeightedPodAffinityTerm[] | undefined) =>
    list?.map(t => ({ weight: t.weight, term: affinityTerm(pod, t.podAffinityTerm) })) ?? none;
  return {
    pod,
    uid: pod.metadata.uid ?? objectKey(pod),
    key: objectKey(pod),
    namespace: pod.metadata.namespace ?? '',
    labels: pod.metadata.labels ?? noLabels,
    priority: pod.spec?.priority ?? 0,
    ownerUid: pod.metadata.ownerReferences?.[0]?.uid,
    requests: podRequests(pod),
    scoringRequests: scoringRequests(pod),
    hostPorts: hostPortsOf(pod),
    claims: claimsOf(pod),
    requiredAffinity: terms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: terms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    hasAffinity: podAffinity !== undefined || podAntiAffinity !== undefined,
  };
}

function hostPortsOf(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(c => c.restartPolicy === 'Always');
  const ports: HostPort[] = [];
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
      if (hostPort) ports.push({ ip: hostIP || '0.0.0.0', protocol: protocol || 'TCP', port: hostPort });
    }
  }
  return ports.length === 0 ? none : ports;
}

function claimsOf({ metadata, spec }: Pod): readonly string[] {
  const claims: string[] = [];
  for (const { name, persistentVolumeClaim, ephemeral } of spec?.volumes ?? none) {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`);
    if (claim !== undefined) claims.push(`${metadata.namespace ?? ''}/${claim}`);
  }
  return claims.length === 0 ? none : claims;
}

function affinityTerm(pod: Pod, term: PodAffinityTerm): AffinityTerm {
  const ownNamespace = !term.namespaces?.length && !term.namespaceSelector;
  return {
    namespaces: new Set(ownNamespace ? [pod.metadata.namespace ?? ''] : term.namespaces),
    namespaceSelector: selectorOrNothing(term.namespaceSelector),
    selector: selectorOrNothing(term.labelSelector),
    topologyKey: term.topologyKey,
  };
}

/** A selector that the API server took; one that it should not have taken matches nothing. */
export function selectorOrNothing(selector: Parameters<typeof parseSelectorObject>[0]): LabelSelector {
  try {
    return parseSelectorObject(selector);
  } catch (error) {
    if (error instanceof SelectorError) return LabelSelector.nothing;
    throw error;
  }
}

/** Whether a term means a pod; `namespaceLabels` is looked up only where the term selects by them. */
export function termMatches(
  term: AffinityTerm,
  pod: PodInfo,
  namespaceLabels: (namespace: string) => Readonly<Record<string, string>>,
): boolean {
  if (!term.selector.matches(pod.labels)) return false;
  if (term.namespaces.has(pod.namespace)) return true;
  return (
    !term.namespaceSelector.matchesNothing && term.namespaceSelector.matches(namespaceLabels(pod.namespace))
  );
}
