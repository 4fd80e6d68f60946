import type { Affinity, Pod, PodAffinityTerm } from '#api/generated/types/core.v1.ts';
import { formatLabelSelector } from '#machinery/selectors.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import { type AffinityTerm, type PodInfo, podInfo, termMatches } from '#scheduler/framework/pod-info.ts';
import { listed } from '../words.ts';
import type { Lack, LacksOf } from './lacks.ts';
import { refusesChanged, type SchedulingView } from './view.ts';

type Side = 'podAffinity' | 'podAntiAffinity';

/** Which of the pod's own terms, or of those of pods that are there, keep it off the node. */
export const affinityLacks: LacksOf = (view, node, { plugin }) => {
  const { pod } = view.pod;
  const refuses = (affinity: Affinity) =>
    refusesChanged(view, plugin, { ...pod, spec: { ...pod.spec!, affinity } }, node);
  if (refuses({})) return existingLacks(view, node);
  const termsOf = (side: Side) =>
    pod.spec?.affinity?.[side]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const alone = (side: Side) =>
    termsOf(side)
      .map((term, i) => ({ term, i }))
      .filter(({ term }) => refuses({ [side]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }));
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
  const there = inTopology(view, node, term.topologyKey).filter(other => matches(view, parsed, other));
  return {
    text: `anti-affinity to pods ${formatLabelSelector(term.labelSelector)}: ${podNames(there)} in ${term.topologyKey} ${node.labels[term.topologyKey]}`,
    remedy: `move ${podNames(there)} elsewhere, add a node in another ${term.topologyKey}, or change the anti-affinity`,
    distance: there.length > 1 ? 1 : 0.9,
  };
}

function existingLacks(view: SchedulingView, node: NodeInfo): Lack[] {
  const shunning = view.table.nodes.flatMap(other =>
    [...other.pods.values()].filter(shy =>
      shy.requiredAntiAffinity.some(
        term =>
          other.labels[term.topologyKey] !== undefined &&
          other.labels[term.topologyKey] === node.labels[term.topologyKey] &&
          matches(view, term, podInfo(view.pod.pod as Pod)),
      ),
    ),
  );
  if (shunning.length === 0) return [];
  return [
    {
      text: `${podNames(shunning)} there will not have it near (pod anti-affinity)`,
      remedy: `move ${podNames(shunning)} elsewhere, or change the labels of the pod`,
      distance: 1,
    },
  ];
}

function inTopology({ table }: SchedulingView, node: NodeInfo, topologyKey: string): PodInfo[] {
  const value = node.labels[topologyKey];
  return table.nodes
    .filter(other => value !== undefined && other.labels[topologyKey] === value)
    .flatMap(other => [...other.pods.values()]);
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
