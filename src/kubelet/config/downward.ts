import { own } from '#base/members.ts';
import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';
import type { ContainerSpec, Pod } from '../types.ts';

/** What the downward API needs beyond the pod. */
export interface DownwardFacts {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** Stands in for limits that a container does not set. */
  readonly nodeAllocatable: Readonly<Record<string, string>>;
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map(key => `${key}=${JSON.stringify(map![key])}`)
    .join('\n');
}

/** The value of a fieldRef; undefined when the path is not one that the downward API knows. */
export function podFieldValue(pod: Pod, fieldPath: string, facts: DownwardFacts): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed) return own(pod.metadata[keyed[1] as 'labels' | 'annotations'], keyed[2]!) ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
      return facts.hostIps[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIps.join(',');
    case 'status.podIP':
      return facts.podIps[0] ?? '';
    case 'status.podIPs':
      return facts.podIps.join(',');
    default:
      return undefined;
  }
}

/** The value of a resourceFieldRef, rounded up to whole divisors. */
export function resourceFieldValue(
  container: ContainerSpec,
  resource: string,
  divisor: string | undefined,
  facts: DownwardFacts,
): string {
  const [kind, ...rest] = resource.split('.');
  const name = rest.join('.');
  const { limits, requests } = container.resources ?? {};
  const limit = limits?.[name] ?? facts.nodeAllocatable[name];
  const quantity = (kind === 'requests' ? (requests?.[name] ?? limits?.[name]) : limit) ?? '0';
  const unit = divisor && divisor !== '0' ? divisor : '1';
  if (name === 'cpu') return String(Math.ceil(quantityMilliValue(quantity) / quantityMilliValue(unit)));
  return String(Math.ceil(quantityValue(quantity) / quantityValue(unit)));
}
