import type { Affinity, PodAffinityTerm } from '#api/generated/types/core.v1.ts';
import { formatLabelSelector } from '#machinery/selectors.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import { type AffinityTerm, type PodInfo, termMatches } from '#scheduler/framework/pod-info.ts';
import { listed } from '../words.ts';
import type { Lack, LacksOf } from './lack.ts';
import { refusesChanged, type SchedulingView } from './view.ts';

type Side = 'podAffinity' | 'podAntiAffinity';

/** Which of the pod's own terms, or of those of pods that are there, keep it off the node. */
export const affinityLacks: LacksOf = (view, node, { plugin }) => {
  const { pod } = view.pod;
  const refuses = (key: string, affinity: Affinity) =>
    refusesChanged(view, plugin, key, () => ({ ...pod, spec: { ...pod.spec!, affinity } }), node);
  if (refuses('none', {})) return existingLacks(view, node);
  const termsOf = (side: Side) =>
    pod.spec?.affinity?.[side]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const alone = (side: Side) =>
    termsOf(side)
      .map((term, i) => ({ term, i }))
      .filter(({ term, i }) =>
        refuses(`${side} ${i}`, { [side]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }),
      );
  return [
    ...alone('podAffinity').map(({ term }) => nearLack(node, term)),
    ...alone('podAntiAffinity').map(({ term, i }) =>
      awayLack(view, node, term, view.pod.requiredAntiAffinity[i]!),
    ),
  ];
};

function nearLack(node: NodeInfo, term: PodAffinityTerm): Lack {
  const selector = formatLabelSelector(term.labelSelector);
  const value = node.labels[term.topologyKey];
  return {
    text:
      value === undefined
        ? `it has no label ${term.topologyKey}, by which pod affinity looks for ${selector}`
        : `no pod ${selector} is in ${term.topologyKey} ${value}`,
    remedy: `run a pod ${selector} in the same ${term.topologyKey}, or change the pod affinity`,
    distance: 1,
  };
}

function awayLack(view: SchedulingView, node: NodeInfo, term: PodAffinityTerm, parsed: AffinityTerm): Lack {
  const { topologyKey } = term;
  const byTopology = view.once(`away ${JSON.stringify(term)}`, () =>
    podsByTopology(view, topologyKey, other => matches(view, parsed, other)),
  );
  const there = byTopology.get(node.labels[topologyKey] ?? '') ?? [];
  return {
    text: `anti-affinity to pods ${formatLabelSelector(term.labelSelector)}: ${podNames(there)} in ${topologyKey} ${node.labels[topologyKey]}`,
    remedy: `move ${podNames(there)} elsewhere, add a node in another ${topologyKey}, or change the anti-affinity`,
    distance: there.length > 1 ? 1 : 0.9,
  };
}

/** Pods that are there by the value of a label of their nodes. */
function podsByTopology(
  { table }: SchedulingView,
  topologyKey: string,
  counts: (pod: PodInfo) => boolean,
): Map<string, PodInfo[]> {
  const found = new Map<string, PodInfo[]>();
  for (const node of table.nodes) {
    const value = node.labels[topologyKey];
    if (value === undefined) continue;
    const here = [...node.pods.values()].filter(counts);
    if (here.length > 0) found.set(value, [...(found.get(value) ?? []), ...here]);
  }
  return found;
}

function existingLacks(view: SchedulingView, node: NodeInfo): Lack[] {
  const all = view.once('shunning', () => shunningPods(view));
  const shunning = all
    .filter(({ topologyKey, value }) => node.labels[topologyKey] === value)
    .map(({ pod }) => pod);
  if (shunning.length === 0) return [];
  return [
    {
      text: `${podNames(shunning)} there will not have it near (pod anti-affinity)`,
      remedy: `move ${podNames(shunning)} elsewhere, or change the labels of the pod`,
      distance: 1,
    },
  ];
}

/** The pods whose own anti-affinity means this one, and where they keep it from. */
function shunningPods(view: SchedulingView): { pod: PodInfo; topologyKey: string; value: string }[] {
  return view.table.nodes.flatMap(node =>
    [...node.pods.values()].flatMap(pod =>
      pod.requiredAntiAffinity
        .filter(term => node.labels[term.topologyKey] !== undefined && matches(view, term, view.pod))
        .map(({ topologyKey }) => ({ pod, topologyKey, value: node.labels[topologyKey]! })),
    ),
  );
}

function matches({ table }: SchedulingView, term: AffinityTerm, pod: PodInfo): boolean {
  return termMatches(term, pod, namespace => table.namespaceLabels(namespace));
}

function podNames(pods: readonly PodInfo[]): string {
  return `Pod ${listed(
    pods.map(pod => pod.key),
    3,
  )}`;
}
