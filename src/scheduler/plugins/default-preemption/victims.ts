/** Which pods of one node must go for a pod to fit. */
import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import type { PostFilterInput } from '../../framework/plugin.ts';
import { type PodInfo, selectorOrNothing } from '../../framework/pod-info.ts';

export interface Victims {
  /** The most important first. */
  readonly victims: readonly PodInfo[];
  /** How many of them a disruption budget protects. */
  readonly violations: number;
}

/** Why nothing on a node can be driven away for a pod. */
export interface NoVictims {
  readonly reasons: readonly string[];
}

/** Splits pods into those that no budget protects any more and the rest; budgets are used up in order. */
export type Budgets = (pods: readonly PodInfo[]) => { violating: PodInfo[]; free: PodInfo[] };

/** The disruption budgets, read anew only when one has changed: as long as none has, the answer is the same. */
export class BudgetView {
  readonly #list: () => readonly PodDisruptionBudget[];
  #read: readonly PodDisruptionBudget[] | undefined;
  #budgets: Budgets = () => ({ violating: [], free: [] });

  constructor(list: () => readonly PodDisruptionBudget[]) {
    this.#list = list;
  }

  now(): Budgets {
    const list = this.#list();
    const read = this.#read;
    if (read && read.length === list.length && read.every((budget, i) => budget === list[i])) {
      return this.#budgets;
    }
    this.#read = [...list];
    this.#budgets = allowsDisruption(this.#read);
    return this.#budgets;
  }
}

function allowsDisruption(budgets: readonly PodDisruptionBudget[]): Budgets {
  const parsed = budgets.map(budget => ({
    namespace: budget.metadata.namespace,
    selector: selectorOrNothing(budget.spec?.selector),
    allowed: budget.status?.disruptionsAllowed ?? 0,
    disrupted: budget.status?.disruptedPods ?? {},
  }));
  return pods => {
    const left = parsed.map(budget => budget.allowed);
    const violating: PodInfo[] = [];
    const free: PodInfo[] = [];
    for (const pod of pods) {
      let violates = false;
      // To preemption, a pod without labels is under no budget, even where a selector would have it.
      const unlabelled = budgets.length > 0 && Object.keys(pod.labels).length === 0;
      for (const [i, { namespace, selector, disrupted }] of parsed.entries()) {
        if (unlabelled || namespace !== pod.namespace || selector.empty || !selector.matches(pod.labels))
          continue;
        if (Object.hasOwn(disrupted, pod.pod.metadata.name ?? '')) continue;
        left[i]!--;
        if (left[i]! < 0) violates = true;
      }
      (violates ? violating : free).push(pod);
    }
    return { violating, free };
  };
}

/** The more important of two pods first: by priority, then by who started first. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const startOf = ({ pod }: PodInfo) => pod.status?.startTime ?? '9999';
  return startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0;
}

/**
 * Takes every pod of lower priority off the node, and puts back as many as fit beside the newcomer, the protected and
 * the important ones first. Answers why not where even the emptied node will not do, or nothing need go.
 */
export function selectVictims(input: PostFilterInput, node: NodeInfo, budgets: Budgets): Victims | NoVictims {
  const lower = [...node.pods.values()].filter(other => other.priority < input.pod.priority);
  if (lower.length === 0) return { reasons: ['No preemption victims found for incoming pod'] };
  const trial = node.clone();
  const takeOff = (other: PodInfo) => {
    trial.removePod(other.uid);
    input.removed(other, trial);
  };
  const putBack = (other: PodInfo) => {
    trial.addPod(other);
    input.added(other, trial);
  };
  const refusal = () => (input.refusal ? input.refusal(trial) : input.passes(trial) ? undefined : unknown);
  const victims = new Set(lower);
  for (const other of lower) takeOff(other);
  const refused = refusal();
  let violations = 0;
  if (!refused) {
    const reprieve = (other: PodInfo): boolean => {
      putBack(other);
      if (!refusal()) return victims.delete(other);
      takeOff(other);
      return false;
    };
    const { violating, free } = budgets(lower.sort(byImportance));
    for (const other of violating) if (!reprieve(other)) violations++;
    for (const other of free) reprieve(other);
  }
  // The filters' counts are the cycle's own: leave them as they were.
  for (const other of victims) putBack(other);
  if (refused) return refused;
  if (victims.size === 0) return { reasons: [`expected at least one victim pod on node "${node.name}"`] };
  return { victims: [...victims].sort(byImportance), violations };
}

/** Where an input does not say why. */
const unknown: NoVictims = { reasons: ['the pod does not fit'] };
