/** Why a ReplicaSet or ReplicationController has not the replicas that it should have. */
import { pods, replicaSets, replicationControllers } from '#api/generated/refs.ts';
import type { ReplicaSet } from '#api/generated/types/apps.v1.ts';
import type { ReplicationController } from '#api/generated/types/core.v1.ts';
import { type Finding, healthy, problem, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { notObserved } from './controllers.ts';
import { failedCreate, gatherPods, unreadyPods } from './pods-of.ts';

type ReplicaOwner = ReplicaSet | ReplicationController;

async function gatherReplicas({ metadata }: ReplicaOwner, gatherer: Gatherer): Promise<void> {
  await gatherPods(metadata.namespace ?? '', gatherer, pod =>
    (pod.metadata.ownerReferences ?? []).some(one => one.uid === metadata.uid),
  );
}

function findingsOf(owner: ReplicaOwner, facts: Facts): Finding[] {
  const wanted = owner.spec?.replicas ?? 1;
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = owner.status ?? {};
  const refused = failedCreate(owner, facts);
  const findings = [
    ...(refused ? [problem('FailedCreate', refused.text, refused)] : []),
    ...notObserved(owner, owner.kind === 'ReplicaSet' ? 'replica set' : 'replication'),
  ];
  if (availableReplicas >= wanted && replicas === wanted) {
    const text = wanted === 0 ? 'scaled to 0 replicas' : `${wanted} of ${wanted} replicas available`;
    return [...findings, healthy('Available', text)];
  }
  const { evidence, remedies } = unreadyPods(facts.controlledBy(pods, owner), facts);
  const text = `${readyReplicas} of ${wanted} replicas are ready, ${availableReplicas} available, ${replicas} exist`;
  return [
    ...findings,
    (remedies.length > 0 ? problem : waiting)('Unavailable', text, { evidence, remedies }),
  ];
}

export const replicaSetExplainer = { ref: replicaSets, gather: gatherReplicas, findings: findingsOf };
export const replicationControllerExplainer = {
  ref: replicationControllers,
  gather: gatherReplicas,
  findings: findingsOf,
};
