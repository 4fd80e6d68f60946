/** What pods ask for and may take, as /metrics/resources tells it: upstream's names, labels and units. */
import { podTotals } from '#api/pod-totals.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type FamilyOptions, header, labelText, sample } from '#base/metric-families.ts';
import { Pace, type Steps } from '#base/steps.ts';
import type { Quantity } from '#machinery/quantity.ts';

const families: Readonly<Record<'requests' | 'limits', FamilyOptions>> = {
  requests: {
    name: 'kube_pod_resource_request',
    help: 'What pods ask for, as the scheduler counts it.',
    stability: 'STABLE',
  },
  limits: {
    name: 'kube_pod_resource_limit',
    help: 'What pods may take, as the scheduler counts it.',
    stability: 'STABLE',
  },
};
const podsAtOnce = 32;

/** The text of the page. Pods that have come to their end are left out. */
export function* podResourcesText(pods: Iterable<Pod>): Steps<string> {
  const pace = new Pace(podsAtOnce);
  const texts = { requests: '', limits: '' };
  for (const pod of pods) {
    if (isOver(pod)) continue;
    for (const side of ['requests', 'limits'] as const)
      for (const line of linesOf(families[side].name, pod, podTotals(pod, side))) texts[side] += `${line}\n`;
    if (pace.isDue) yield;
  }
  return (['requests', 'limits'] as const)
    .filter(side => texts[side] !== '')
    .map(side => `${header(families[side], 'gauge').join('\n')}\n${texts[side]}`)
    .join('');
}

/** Who is on no node cannot have come to an end there. */
function isOver({ spec, status }: Pod): boolean {
  return Boolean(spec?.nodeName) && (status?.phase === 'Succeeded' || status?.phase === 'Failed');
}

function* linesOf(
  name: string,
  { metadata, spec }: Pod,
  totals: ReadonlyMap<string, Quantity>,
): Iterable<string> {
  for (const [resource, amount] of totals) {
    if (amount.sign === 0) continue;
    const labels = labelText({
      namespace: metadata.namespace!,
      pod: metadata.name!,
      node: spec?.nodeName ?? '',
      scheduler: spec?.schedulerName ?? '',
      priority: spec?.priority ?? '',
      resource,
      unit: unitOf(resource),
    });
    yield sample(name, labels, amount.toNumber());
  }
}

const units: Readonly<Record<string, string>> = {
  cpu: 'cores',
  memory: 'bytes',
  storage: 'bytes',
  'ephemeral-storage': 'bytes',
};

function unitOf(resource: string): string {
  if (resource.startsWith('hugepages-')) return 'bytes';
  return resource.startsWith('attachable-volumes-') ? 'integer' : (units[resource] ?? '');
}
