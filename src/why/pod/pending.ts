/** A pod without a node: held back, waiting for volumes, without a scheduler, or fitting nowhere. */
import { nodes, persistentVolumeClaims, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, named, problem, referenceTo, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import { claimFindings, selectedNode } from '../kinds/claim.ts';
import { schedulingFinding } from '../scheduling/finding.ts';
import { listed, oneLine } from '../words.ts';
import { claimNames } from './claims.ts';
import { conditionOf } from './state.ts';

const defaultScheduler = 'default-scheduler';

export function pendingFindings(pod: Pod, facts: Facts): Finding[] {
  const gates = pod.spec?.schedulingGates ?? [];
  if (gates.length > 0) return [gateFinding(gates.map(gate => gate.name))];
  const claims = podClaimFindings(pod, facts);
  const nominated = nominationFinding(pod, facts);
  if (nominated) return [nominated, ...claims];
  const scheduler = schedulerFinding(pod, facts);
  if (scheduler) return [scheduler, ...claims];
  if (facts.all(nodes).length === 0 && facts.unread.some(text => text.startsWith('nodes')))
    return [reportedFinding(pod, facts), ...claims];
  const scheduling = judgedFor(pod, schedulingFinding(pod, facts));
  // A node is chosen, and its claims are what is left to wait for.
  if (claims.length > 0 && hasChosenNode(pod, facts)) return claims;
  // Plugins that refuse a pod whatever the node do it for its claims, which say more about themselves.
  if (claims.length > 0 && scheduling.reason === 'Refused') return claims;
  return [...claims.filter(({ verdict }) => verdict === 'problem'), scheduling];
}

function gateFinding(gates: readonly string[]): Finding {
  return problem(
    'SchedulingGated',
    `Pending: held back by ${listed(gates.map(gate => `scheduling gate ${gate}`))}`,
    {
      evidence: ['The scheduler does not look at a pod until all its gates are gone'],
      remedies: gates.map(
        gate => `whoever set the scheduling gate ${gate} takes it out of spec.schedulingGates`,
      ),
    },
  );
}

/** Preemption has chosen a node, and pods there are on their way out. */
function nominationFinding(pod: Pod, facts: Facts): Finding | undefined {
  const nodeName = pod.status?.nominatedNodeName;
  if (!nodeName) return undefined;
  const leaving = facts
    .all(pods)
    .filter(other => other.spec?.nodeName === nodeName && other.metadata.deletionTimestamp);
  if (leaving.length === 0) return undefined;
  const names = leaving.map(other => named(referenceTo(other)));
  return waiting('Nominated', `Pending: promised ${nodeName}, where it waits for ${listed(names)} to end`, {
    evidence: leaving.map(other => ({
      text: `${named(referenceTo(other))} has priority ${other.spec?.priority ?? 0}, this pod ${pod.spec?.priority ?? 0}`,
      about: [referenceTo(other)],
    })),
  });
}

/** Where another scheduler is named, one that nothing shows to be there; where ours is, none at all. */
function schedulerFinding(pod: Pod, facts: Facts): Finding | undefined {
  const name = pod.spec?.schedulerName || defaultScheduler;
  const seen =
    hasChosenNode(pod, facts) ||
    facts.eventsWhere(event => (event.reportingComponent || event.source?.component) === name).length > 0 ||
    pod.status?.conditions?.some(condition => condition.type === 'PodScheduled') ||
    facts
      .all(pods)
      .some(other => (other.spec?.schedulerName || defaultScheduler) === name && scheduled(other));
  if (seen) return undefined;
  if (
    name === defaultScheduler &&
    facts.nowMs - Date.parse(pod.metadata.creationTimestamp ?? '') < patienceMs
  )
    return undefined;
  return problem('NoScheduler', `Pending: no scheduler called ${name} seems to run`, {
    evidence: [`No event is from ${name}, and no pod that names it has been scheduled`],
    remedies: [
      `start a scheduler called ${name}`,
      name === defaultScheduler ? undefined : `leave spec.schedulerName out, for the ${defaultScheduler}`,
    ],
  });
}

const patienceMs = 10_000;

/** Another scheduler may have plug-ins of its own. */
function judgedFor(pod: Pod, finding: Finding): Finding {
  const name = pod.spec?.schedulerName || defaultScheduler;
  if (name === defaultScheduler) return finding;
  const note = { text: `Judged by the default plug-ins; its scheduler ${name} may have others` };
  return { ...finding, evidence: [...finding.evidence, note] };
}

/** Placed by a scheduler, and not by its owner (DaemonSets' pods are scheduled too, static ones are not). */
function scheduled(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'True') ?? false
  );
}

/** The scheduler's own words, where nodes may not be read. */
function reportedFinding(pod: Pod, facts: Facts): Finding {
  const condition = conditionOf(pod, 'PodScheduled');
  const said = oneLine(condition?.message || facts.eventsOf(pod, 'FailedScheduling').at(-1)?.message);
  return problem('Unschedulable', `Pending: ${said || 'the scheduler has said nothing about it'}`);
}

/** Of the claims that the pod's volumes use: those that are missing, lost or not bound. */
function podClaimFindings(pod: Pod, facts: Facts): Finding[] {
  if (facts.unread.some(text => text.startsWith('persistentvolumeclaims'))) return [];
  const namespace = pod.metadata.namespace ?? '';
  return claimNames(pod).flatMap(({ name, ephemeral }) => {
    const claim = facts.get(persistentVolumeClaims, namespace, name);
    if (!claim) return [missingClaim(namespace, name, ephemeral)];
    return claimFindings(claim, facts)
      .filter(finding => finding.verdict !== 'healthy')
      .map(finding => ({ ...finding, text: `PersistentVolumeClaim ${name}: ${finding.text}` }));
  });
}

/** The scheduler has said to a claim of the pod where it is to be. */
function hasChosenNode(pod: Pod, facts: Facts): boolean {
  return claimNames(pod).some(({ name }) => {
    const claim = facts.get(persistentVolumeClaims, pod.metadata.namespace ?? '', name);
    return claim !== undefined && claim.status?.phase !== 'Bound' && selectedNode(claim) !== undefined;
  });
}

function missingClaim(namespace: string, name: string, ephemeral: boolean): Finding {
  const text = `PersistentVolumeClaim ${namespace}/${name} does not exist`;
  return ephemeral
    ? waiting('ClaimNotMade', `${text} yet: it is made for the pod's ephemeral volume`)
    : problem('ClaimMissing', text, { remedies: [`make PersistentVolumeClaim ${namespace}/${name}`] });
}
