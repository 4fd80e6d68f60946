/** Why a Deployment does not progress or is not available. */
import { deployments, events, pods, replicaSets } from '#api/generated/refs.ts';
import type { Deployment, ReplicaSet } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, healthy, problem, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { newestRevision } from '../origin.ts';
import { lasting, oneLine } from '../words.ts';
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
  const owned = sets.flatMap(set => facts.controlledBy(pods, set));
  const refused = sets.map(set => failedCreate(set, facts)).find(one => one !== undefined);
  const findings: Finding[] = [];
  if (refused) findings.push(problem('FailedCreate', refused.text, refused));
  findings.push(...notObserved(deployment, 'deployment'));
  const state = stateFinding(deployment, sets, owned, facts);
  return [...findings, ...state];
}

function stateFinding(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  owned: readonly Pod[],
  facts: Facts,
): Finding[] {
  const { replicas = 1, paused } = deployment.spec ?? {};
  const {
    updatedReplicas = 0,
    readyReplicas = 0,
    availableReplicas = 0,
    replicas: all = 0,
  } = deployment.status ?? {};
  const progressing = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  const revision = newestRevision(sets);
  const numbers = `${updatedReplicas} of ${replicas} updated, ${readyReplicas} ready, ${availableReplicas} available${all > updatedReplicas ? `, ${all - updatedReplicas} old` : ''}`;
  if (replicas === 0 && all === 0) return [healthy('ScaledToZero', 'scaled to 0 replicas')];
  const done = updatedReplicas >= replicas && all === updatedReplicas && availableReplicas >= replicas;
  if (done)
    return [healthy('Available', `${replicas} of ${replicas} replicas available`, { evidence: revision })];
  const unready = unreadyPods(owned, facts);
  const parts = { evidence: [numbers, ...unready.evidence, ...revision], remedies: unready.remedies };
  if (paused) {
    return [
      waiting('Paused', `paused: changes of its template are not rolled out (${numbers})`, {
        evidence: [...unready.evidence, ...revision],
        remedies: [
          `kubectl rollout resume deployment/${deployment.metadata.name} -n ${deployment.metadata.namespace}`,
          ...unready.remedies,
        ],
      }),
    ];
  }
  if (progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded') {
    return [
      problem(
        'ProgressDeadlineExceeded',
        `its roll-out is stuck: no progress within ${deployment.spec?.progressDeadlineSeconds ?? 600}s`,
        {
          ...parts,
          remedies: [...unready.remedies, ...undoRemedy(deployment, sets)],
        },
      ),
    ];
  }
  const trouble = unready.remedies.length > 0;
  const text =
    updatedReplicas < replicas || all > updatedReplicas ? 'rolling out' : 'not all replicas are available';
  const since = progressing?.lastUpdateTime
    ? `Its last progress was ${lasting(progressing.lastUpdateTime, facts.nowMs)} ago: ${oneLine(progressing.message)}`
    : undefined;
  return [
    (trouble ? problem : waiting)(trouble ? 'Unavailable' : 'Progressing', text, {
      ...parts,
      evidence: [...parts.evidence, since],
    }),
  ];
}

function undoRemedy({ metadata }: Deployment, sets: readonly ReplicaSet[]): string[] {
  return sets.length > 1 ? [`kubectl rollout undo deployment/${metadata.name} -n ${metadata.namespace}`] : [];
}

export const deploymentExplainer = { ref: deployments, gather: gatherDeployment, findings: findingsOf };
