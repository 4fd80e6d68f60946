import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import { type Random, randomInt } from '#base/random.ts';
import { histogramText } from '../../diagnosis.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import type { Plugin, PostFilterInput, PostFilterResult } from '../../framework/plugin.ts';
import { type Candidate, pickCandidate } from './pick.ts';
import { allowsDisruption, type DisruptionBudgets, selectVictims } from './victims.ts';

export interface DefaultPreemptionOptions {
  readonly random: Random;
  readonly budgets: () => readonly PodDisruptionBudget[];
  /** At least this share of the nodes, and at least this many, are tried. */
  readonly minCandidateNodesPercentage?: number;
  readonly minCandidateNodesAbsolute?: number;
}

const notHelpful = 'Preemption is not helpful for scheduling';
const noVictims = 'No preemption victims found for incoming pod';

/** Frees a node of pods of lower priority, where no node has room as it is. */
export function defaultPreemption(options: DefaultPreemptionOptions): Plugin {
  return {
    name: 'DefaultPreemption',
    postFilter(input) {
      const ineligible = ineligibility(input);
      if (ineligible !== '') return { message: `preemption: ${ineligible}` };
      return preempt(input, options);
    },
    mayCure: event => event.type === 'podFreed',
  };
}

/** Why a pod may not preempt (now); '' where it may. */
function ineligibility({ pod, snapshot, rejections }: PostFilterInput): string {
  if (pod.pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = pod.pod.status?.nominatedNodeName;
  const node = nominated ? snapshot.get(nominated) : undefined;
  if (!node || rejections.get(node.name)?.code === 'UnschedulableAndUnresolvable') return '';
  const leaving = [...node.pods.values()].some(
    other => other.priority < pod.priority && other.pod.metadata.deletionTimestamp,
  );
  return leaving ? 'not eligible due to a terminating pod on the nominated node.' : '';
}

function preempt(input: PostFilterInput, options: DefaultPreemptionOptions): PostFilterResult {
  const { snapshot, rejections } = input;
  const counts = new Map<string, number>();
  const potential = snapshot.nodes.filter(node => rejections.get(node.name)?.code === 'Unschedulable');
  const unhelpful = snapshot.nodes.length - potential.length;
  if (unhelpful > 0) counts.set(notHelpful, unhelpful);
  const candidates = findCandidates(input, potential, options);
  if (candidates.length > 0) {
    const { node, victims } = pickCandidate(candidates);
    return { nominated: { nodeName: node.name, victims }, message: '' };
  }
  if (potential.length > 0) counts.set(noVictims, potential.length);
  return {
    message: `preemption: ${histogramText(`0/${snapshot.nodes.length} nodes are available:`, counts)}`,
  };
}

function findCandidates(
  input: PostFilterInput,
  potential: readonly NodeInfo[],
  {
    random,
    budgets,
    minCandidateNodesPercentage = 10,
    minCandidateNodesAbsolute = 100,
  }: DefaultPreemptionOptions,
): Candidate[] {
  const share = Math.floor((potential.length * minCandidateNodesPercentage) / 100);
  const enough = Math.max(share, minCandidateNodesAbsolute);
  const start = potential.length > enough ? randomInt(random, potential.length) : 0;
  const disruption: DisruptionBudgets = allowsDisruption(budgets());
  const candidates: Candidate[] = [];
  for (let i = 0; i < potential.length && candidates.length < enough; i++) {
    const node = potential[(start + i) % potential.length]!;
    const found = selectVictims(input, node, disruption);
    if (found) candidates.push({ node, ...found });
  }
  return candidates;
}
