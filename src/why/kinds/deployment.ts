/** Why a Deployment does not progress or is not available. */
import { deployments, events, pods, replicaSets } from '#api/generated/refs.ts';
import type { Deployment, ReplicaSet } from '#api/generated/types/apps.v1.ts';
import { type Evidence, type Finding, healthy, problem, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { newestRevision } from '../origin.ts';
import { ago, oneLine } from '../words.ts';
import { notObserved } from './controllers.ts';
import { failedCreate, gatherPods, unreadyPods } from './pods-of.ts';

async function gatherDeployment(deployment: Deployment, gatherer: Gatherer): Promise<void> {
  const { namespace = '' } = deployment.metadata;
  const [sets] = await Promise.all([gatherer.list(replicaSets, namespace), gatherer.list(events, namespace)]);
  const uids = new Set(
    sets
      .filter(set => set.metadata.ownerReferences?.some(one => one.uid === deployment.metadata.uid))
      .map(set => set.metadata.uid),
  );
  await gatherPods(namespace, gatherer, pod =>
    (pod.metadata.ownerReferences ?? []).some(one => uids.has(one.uid)),
  );
}

function findingsOf(deployment: Deployment, facts: Facts): Finding[] {
  const sets = facts.controlledBy(replicaSets, deployment);
  const refused = sets.map(set => failedCreate(set, facts)).find(one => one !== undefined);
  const unseen = notObserved(deployment, 'deployment');
  return [
    ...(refused ? [problem('FailedCreate', refused.text, refused)] : []),
    // Its numbers are of another spec until the controller has seen this one.
    ...(unseen.length > 0 ? unseen : [stateFinding(deployment, sets, facts)]),
  ];
}

function stateFinding(deployment: Deployment, sets: readonly ReplicaSet[], facts: Facts): Finding {
  const progress = progressOf(deployment);
  const { wanted, all, updated, available } = progress;
  const revision = newestRevision(sets);
  if (wanted === 0 && all === 0) return healthy('ScaledToZero', 'scaled to 0 replicas');
  if (updated >= wanted && all === updated && available >= wanted)
    return healthy('Available', `${wanted} of ${wanted} replicas available`, { evidence: revision });
  const owned = sets.flatMap(set => facts.controlledBy(pods, set));
  const { evidence, remedies } = unreadyPods(owned, facts);
  const parts = { evidence: [progress.text, ...evidence, ...revision], remedies };
  if (deployment.spec?.paused) return pausedFinding(deployment, parts);
  const condition = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  if (condition?.status === 'False' && condition.reason === 'ProgressDeadlineExceeded')
    return stuckFinding(deployment, sets, parts);
  const since =
    condition?.lastUpdateTime &&
    `Its last progress was ${ago(condition.lastUpdateTime, facts.nowMs)}: ${oneLine(condition.message)}`;
  const text = updated < wanted || all > updated ? 'rolling out' : 'not all replicas are available';
  const moving = { ...parts, evidence: [...parts.evidence, since] };
  return remedies.length > 0 ? problem('Unavailable', text, moving) : waiting('Progressing', text, moving);
}

function progressOf({ spec, status }: Deployment) {
  const wanted = spec?.replicas ?? 1;
  const {
    updatedReplicas: updated = 0,
    readyReplicas = 0,
    availableReplicas: available = 0,
    replicas: all = 0,
  } = status ?? {};
  const old = all > updated ? `, ${all - updated} old` : '';
  const text = `${updated} of ${wanted} updated, ${readyReplicas} ready, ${available} available${old}`;
  return { wanted, all, updated, available, text };
}

interface Parts {
  readonly evidence: readonly (Evidence | string)[];
  readonly remedies: readonly string[];
}

function pausedFinding({ metadata }: Deployment, { evidence, remedies }: Parts): Finding {
  const resume = `kubectl rollout resume deployment/${metadata.name} -n ${metadata.namespace}`;
  return waiting('Paused', 'paused: changes of its template are not rolled out', {
    evidence,
    remedies: [resume, ...remedies],
  });
}

function stuckFinding(
  { metadata, spec }: Deployment,
  sets: readonly ReplicaSet[],
  { evidence, remedies }: Parts,
): Finding {
  const text = `its roll-out is stuck: no progress within ${spec?.progressDeadlineSeconds ?? 600}s`;
  const undo = `kubectl rollout undo deployment/${metadata.name} -n ${metadata.namespace}`;
  return problem('ProgressDeadlineExceeded', text, {
    evidence,
    remedies: [...remedies, ...(sets.length > 1 ? [undo] : [])],
  });
}

export const deploymentExplainer = { ref: deployments, gather: gatherDeployment, findings: findingsOf };
