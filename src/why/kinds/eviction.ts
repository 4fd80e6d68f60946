/** Whether a pod may be evicted (kubectl drain), by the budgets that cover it, as the eviction API judges. */
import { podDisruptionBudgets, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import {
  about,
  type Evidence,
  type Explanation,
  explanation,
  type Finding,
  healthy,
  problem,
  referenceTo,
} from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { isReady } from '../pod/state.ts';
import { hasEnded } from '../scheduling/view.ts';
import { count, listed } from '../words.ts';

export async function gatherEviction(pod: Pod, gatherer: Gatherer): Promise<void> {
  const { namespace = '' } = pod.metadata;
  gatherer.add(pod);
  await Promise.all([gatherer.list(podDisruptionBudgets, namespace), gatherer.list(pods, namespace)]);
}

export function explainEviction(pod: Pod, facts: Facts): Explanation {
  return explanation(referenceTo(pod), [evictionFinding(pod, facts)], { unread: facts.unread });
}

function evictionFinding(pod: Pod, facts: Facts): Finding {
  const budgets = facts
    .all(podDisruptionBudgets, pod.metadata.namespace ?? '')
    .filter(budget => parseSelectorObject(budget.spec?.selector).matches(pod.metadata.labels));
  if (hasEnded(pod) || pod.status?.phase === 'Pending' || pod.metadata.deletionTimestamp) {
    return healthy('Evictable', 'may be evicted: budgets do not count pods that do not run');
  }
  const [budget, ...more] = budgets;
  if (!budget) return healthy('Evictable', 'may be evicted: no PodDisruptionBudget covers it');
  if (more.length > 0) {
    const names = listed(budgets.map(one => one.metadata.name!));
    return problem(
      'SeveralBudgets',
      `may not be evicted: ${count(budgets.length, 'PodDisruptionBudget')} cover it (${names}), and the eviction API takes one at most`,
      {
        remedies: [`change the selectors of ${names}, so that one covers it`],
      },
    );
  }
  return byBudget(pod, budget, facts);
}

function byBudget(pod: Pod, budget: PodDisruptionBudget, facts: Facts): Finding {
  const { name, generation = 0 } = budget.metadata;
  const {
    disruptionsAllowed = 0,
    currentHealthy = 0,
    desiredHealthy = 0,
    observedGeneration = 0,
  } = budget.status ?? {};
  if (observedGeneration < generation) {
    return problem(
      'BudgetNotObserved',
      `may not be evicted yet: the controller has not looked at PodDisruptionBudget ${name} since its last change`,
      {
        remedies: ['see that the disruption controller runs'],
      },
    );
  }
  const state = about(
    budget,
    `PodDisruptionBudget ${name} wants ${desiredHealthy} healthy, of ${budget.status?.expectedPods ?? 0}, and has ${currentHealthy}: ${count(disruptionsAllowed, 'disruption')} allowed`,
  );
  const policy = budget.spec?.unhealthyPodEvictionPolicy ?? 'IfHealthyBudget';
  const spare = policy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0);
  if (!isReady(pod) && spare) {
    return healthy('Evictable', 'may be evicted: it is not Ready, and the budget is kept without it', {
      evidence: [state],
    });
  }
  if (disruptionsAllowed > 0) return healthy('Evictable', 'may be evicted', { evidence: [state] });
  return problem(
    'BudgetExhausted',
    `may not be evicted: PodDisruptionBudget ${name} allows no disruption now`,
    {
      evidence: [state, ...unhealthyEvidence(budget, facts)],
      remedies: budgetRemedies(budget, currentHealthy, desiredHealthy),
    },
  );
}

/** The pods of the budget that are not Ready. */
function unhealthyEvidence(budget: PodDisruptionBudget, facts: Facts): Evidence[] {
  const selector = parseSelectorObject(budget.spec?.selector);
  const unhealthy = facts
    .all(pods, budget.metadata.namespace ?? '')
    .filter(pod => selector.matches(pod.metadata.labels) && !hasEnded(pod) && !isReady(pod));
  if (unhealthy.length === 0) return [];
  return [
    {
      text: `Not Ready: ${listed(unhealthy.map(pod => pod.metadata.name!))}`,
      about: unhealthy.map(referenceTo),
    },
  ];
}

function budgetRemedies(
  budget: PodDisruptionBudget,
  current: number,
  desired: number,
): (string | undefined)[] {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const never = maxUnavailable === 0 || maxUnavailable === '0%' || minAvailable === '100%';
  if (never)
    return [`change PodDisruptionBudget ${budget.metadata.name}: as it is, no pod may ever be evicted`];
  return [
    current < desired ? 'mend the pods that are not Ready' : undefined,
    current === desired
      ? `add a replica, or lower what PodDisruptionBudget ${budget.metadata.name} wants`
      : undefined,
  ];
}
