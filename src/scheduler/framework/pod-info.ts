/** A pod with all that plugins ask of it over and over, worked out once. */
import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '#api/generated/types/core.v1.ts';
import { objectKey } from '#machinery/object.ts';
import { LabelSelector, parseSelectorObject, SelectorError } from '#machinery/selectors.ts';
import { podRequests, type Resources, scoringRequests, sharedResources } from './resources.ts';

/** A pod affinity term, ready to match. */
export interface AffinityTerm {
  /** Terms of the same text mean the same pods; the topology is not in it. */
  readonly key: string;
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

/** A PersistentVolumeClaim that a pod uses. */
export interface PodClaim {
  readonly name: string;
  /** 'namespace/name'. */
  readonly key: string;
  /** Of a generic ephemeral volume: made for this pod and owned by it. */
  readonly ephemeral: boolean;
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
  readonly claims: readonly PodClaim[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
  readonly hasAffinity: boolean;
}

const none: readonly never[] = [];
const noLabels = {};

export function podUid(pod: Pod): string {
  return pod.metadata.uid ?? objectKey(pod);
}

/** `alike`: another pod, with which it shares what is the same. */
export function podInfo(pod: Pod, alike?: PodInfo): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const terms = (list: readonly PodAffinityTerm[] | undefined) =>
    list?.map(t => affinityTerm(pod, t)) ?? none;
  const weighted = (list: readonly WeightedPodAffinityTerm[] | undefined) =>
    list?.map(t => ({ weight: t.weight, term: affinityTerm(pod, t.podAffinityTerm) })) ?? none;
  return {
    pod,
    uid: podUid(pod),
    key: objectKey(pod),
    namespace: pod.metadata.namespace ?? '',
    labels: pod.metadata.labels ?? noLabels,
    priority: pod.spec?.priority ?? 0,
    ownerUid: pod.metadata.ownerReferences?.[0]?.uid,
    requests: sharedResources(podRequests(pod), alike?.requests),
    scoringRequests: sharedResources(scoringRequests(pod), alike?.scoringRequests),
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

function claimsOf({ metadata, spec }: Pod): readonly PodClaim[] {
  const claims: PodClaim[] = [];
  for (const volume of spec?.volumes ?? none) {
    const ephemeral = volume.ephemeral !== undefined;
    const name = ephemeral ? `${metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const key = objectKey({ metadata: { namespace: metadata.namespace, name } });
    claims.push({ name, key, ephemeral });
  }
  return claims.length === 0 ? none : claims;
}

function affinityTerm(pod: Pod, term: PodAffinityTerm): AffinityTerm {
  const ownNamespace = !term.namespaces?.length && !term.namespaceSelector;
  const namespaces = ownNamespace ? [pod.metadata.namespace ?? ''] : (term.namespaces ?? []);
  return {
    key: JSON.stringify([namespaces, term.namespaceSelector, term.labelSelector]),
    namespaces: new Set(namespaces),
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
  pod: Pick<PodInfo, 'namespace' | 'labels'>,
  namespaceLabels: (namespace: string) => Readonly<Record<string, string>>,
): boolean {
  if (!term.selector.matches(pod.labels)) return false;
  if (term.namespaces.has(pod.namespace)) return true;
  return (
    !term.namespaceSelector.matchesNothing && term.namespaceSelector.matches(namespaceLabels(pod.namespace))
  );
}
