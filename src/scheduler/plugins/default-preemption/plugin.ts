import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import { type Random, randomInt } from '#base/random.ts';
import { histogramText } from '../../diagnosis.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import type {
  Plugin,
  PostFilterInput,
  PostFilterResult,
  RefusedNodes,
  Snapshot,
} from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import { pickCandidate, priced, type PricedCandidate } from './pick.ts';
import { type Budgets, BudgetView, type NoVictims, selectVictims } from './victims.ts';

export interface DefaultPreemptionOptions {
  readonly random: Random;
  readonly budgets: () => readonly PodDisruptionBudget[];
  /** At least this share of the nodes, and at least this many, are tried. */
  readonly minCandidateNodesPercentage?: number;
  readonly minCandidateNodesAbsolute?: number;
}

const notHelpful = 'Preemption is not helpful for scheduling';

/** Frees a node of pods of lower priority, where no node has room as it is. */
export function defaultPreemption(options: DefaultPreemptionOptions): Plugin {
  const settings = { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100, ...options };
  const budgets = new BudgetView(options.budgets);
  return {
    name: 'DefaultPreemption',
    postFilter(input) {
      const ineligible = ineligibility(input);
      if (ineligible !== '') return { message: `preemption: ${ineligible}`, preempting: true };
      return { ...preempt(input, settings, budgets.now()), preempting: true };
    },
    // What is evicted frees room that other plugins wait for: they know best when it is enough.
    cures: [],
  };
}

/** Why a pod may not preempt (now); '' where it may. */
function ineligibility(input: PostFilterInput): string {
  const { pod, snapshot } = input;
  if (pod.pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = promisedNode(pod, snapshot);
  const node = nominated ? snapshot.get(nominated) : undefined;
  if (!node?.node || input.rejections.get(node.name)?.code === 'UnschedulableAndUnresolvable') return '';
  const leaving = node.pods.values().some(other => other.priority < pod.priority && isPreempted(other));
  return leaving ? 'not eligible due to a terminating pod on the nominated node.' : '';
}

function promisedNode(pod: PodInfo, snapshot: Snapshot): string | undefined {
  return snapshot.nominatedNodeOf(pod.uid) ?? pod.pod.status?.nominatedNodeName;
}

/** Ending because this scheduler, or another, wanted its place. */
function isPreempted({ pod: { metadata, status } }: PodInfo): boolean {
  if (!metadata.deletionTimestamp) return false;
  const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return target?.status === 'True' && target.reason === 'PreemptionByScheduler';
}

function preempt(
  input: PostFilterInput,
  options: Required<DefaultPreemptionOptions>,
  budgets: Budgets,
): PostFilterResult {
  const { pod, snapshot } = input;
  const potential = resolvableNodes(refusedNodes(input));
  const counts = new Map<string, number>();
  const unhelpful = snapshot.nodes.length - potential.length;
  if (unhelpful > 0) counts.set(notHelpful, unhelpful);
  const candidates = findCandidates(input, potential, options, budgets, counts);
  if (candidates.length > 0) {
    const { node, victims } = pickCandidate(candidates);
    return { nominated: { nodeName: node.name, victims }, candidates, message: '' };
  }
  return {
    message: `preemption: ${histogramText(`0/${snapshot.nodes.length} nodes are available:`, counts)}`,
    withdrawn: promisedNode(pod, snapshot) !== undefined,
  };
}

function refusedNodes(input: PostFilterInput): RefusedNodes {
  if (input.refused) return input.refused;
  const { rejections, snapshot } = input;
  const nodes = [...rejections.keys()].flatMap(name => snapshot.get(name) ?? []);
  return { nodes, rejections: nodes.map(({ name }) => rejections.get(name)) };
}

/** Those whose refusal might be another one with fewer pods. */
function resolvableNodes({ nodes, rejections }: RefusedNodes): NodeInfo[] {
  const resolvable: NodeInfo[] = [];
  for (let i = 0; i < nodes.length; i++) {
    if (rejections[i]?.code === 'Unschedulable') resolvable.push(nodes[i]!);
  }
  return resolvable;
}

/** Nodes that could be freed, enough of them and one within the budgets where there is any; why others could not is counted. */
function findCandidates(
  input: PostFilterInput,
  potential: readonly NodeInfo[],
  { random, minCandidateNodesPercentage, minCandidateNodesAbsolute }: Required<DefaultPreemptionOptions>,
  budgets: Budgets,
  counts: Map<string, number>,
): PricedCandidate[] {
  const share = Math.floor((potential.length * minCandidateNodesPercentage) / 100);
  const enough = Math.max(share, minCandidateNodesAbsolute);
  const start = potential.length > enough ? randomInt(random, potential.length) : 0;
  const candidateOn = candidateFinder(input, budgets);
  const found: PricedCandidate[] = [];
  let harmless = false;
  for (let i = 0; i < potential.length && !(harmless && found.length >= enough); i++) {
    const candidate = candidateOn(potential[(start + i) % potential.length]!);
    if ('victims' in candidate) {
      found.push(candidate);
      harmless ||= candidate.violations === 0;
    } else for (const reason of candidate.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return found;
}

/** Equal pods would drive away the same victims, as long as the node and the budgets are what they were. */
function candidateFinder(
  input: PostFilterInput,
  budgets: Budgets,
): (node: NodeInfo) => PricedCandidate | NoVictims {
  const find = (node: NodeInfo) => {
    const found = selectVictims(input, node, budgets);
    return { budgets, found: 'victims' in found ? priced({ node, ...found }) : found };
  };
  const noted = input.shared?.('victims', find) ?? find;
  return node => {
    const note = noted(node);
    if (note.budgets !== budgets) Object.assign(note, find(node));
    return note.found;
  };
}
