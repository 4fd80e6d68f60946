/** Why a StatefulSet does not grow or roll out: its pods come one after the other. */
import { controllerRevisions, pods, statefulSets } from '#api/generated/refs.ts';
import type { StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { type Finding, healthy, problem, waiting } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { isReady } from '../pod/state.ts';
import { count } from '../words.ts';
import { notObserved } from './controllers.ts';
import { failedCreate, gatherPods, unreadyPods } from './pods-of.ts';

async function gatherStatefulSet({ metadata }: StatefulSet, gatherer: Gatherer): Promise<void> {
  const { namespace = '' } = metadata;
  await Promise.all([
    gatherer.list(controllerRevisions, namespace),
    gatherPods(namespace, gatherer, pod =>
      (pod.metadata.ownerReferences ?? []).some(one => one.uid === metadata.uid),
    ),
  ]);
}

const ordinalOf = (pod: Pod) => Number(/-(\d+)$/.exec(pod.metadata.name ?? '')?.[1] ?? -1);

function findingsOf(set: StatefulSet, facts: Facts): Finding[] {
  const owned = [...facts.controlledBy(pods, set)].sort((a, b) => ordinalOf(a) - ordinalOf(b));
  const wanted = set.spec?.replicas ?? 1;
  const refused = failedCreate(set, facts);
  const findings = [
    ...(refused ? [problem('FailedCreate', refused.text, refused)] : []),
    ...notObserved(set, 'stateful set'),
  ];
  const ready = owned.filter(isReady).length;
  if (ready < wanted || owned.length !== wanted) findings.push(unreadyFinding(set, owned, wanted, facts));
  const update = updateFinding(set);
  if (update) findings.push(update);
  if (findings.length > 0) return findings;
  return [healthy('Ready', wanted === 0 ? 'scaled to 0 replicas' : `${wanted} of ${wanted} replicas ready`)];
}

function unreadyFinding(set: StatefulSet, owned: readonly Pod[], wanted: number, facts: Facts): Finding {
  const start = set.spec?.ordinals?.start ?? 0;
  const there = new Set(owned.map(ordinalOf));
  const ordinals = Array.from({ length: wanted }, (_, i) => start + i);
  const missing = ordinals.filter(ordinal => !there.has(ordinal));
  const blocker = owned.find(pod => !isReady(pod));
  const ordered = set.spec?.podManagementPolicy !== 'Parallel';
  const { evidence, remedies } = unreadyPods(owned, facts);
  const ready = owned.filter(isReady).length;
  const held = ordered && blocker && missing.length > 0;
  const text = `${ready} of ${wanted} replicas are ready${held ? `; the next waits for ${blocker.metadata.name}` : ''}`;
  return (remedies.length > 0 ? problem : waiting)('Unready', text, {
    evidence: [
      held
        ? `${count(missing.length, 'pod')} not made yet (${set.metadata.name}-${missing[0]} first): podManagementPolicy OrderedReady makes one when all before it are Ready`
        : undefined,
      ...evidence,
    ],
    remedies,
  });
}

/** Pods of an old revision, and what keeps them. */
function updateFinding(set: StatefulSet): Finding | undefined {
  const { currentRevision, updateRevision, updatedReplicas = 0, replicas = 0 } = set.status ?? {};
  if (!updateRevision || currentRevision === updateRevision || updatedReplicas >= replicas) return undefined;
  const { type = 'RollingUpdate', rollingUpdate } = set.spec?.updateStrategy ?? {};
  const numbers = `${updatedReplicas} of ${replicas} pods are of the newest revision ${updateRevision}`;
  if (type === 'OnDelete') {
    return waiting('OnDelete', `${numbers}: updateStrategy OnDelete replaces a pod when it is deleted`, {
      remedies: ['delete the old pods one by one'],
    });
  }
  const partition = rollingUpdate?.partition ?? 0;
  const start = set.spec?.ordinals?.start ?? 0;
  if (partition > start && updatedReplicas >= replicas - (partition - start)) {
    return healthy('Partition', `${numbers}: the others are below partition ${partition}`);
  }
  return waiting(
    'RollingUpdate',
    `${numbers}: pods are replaced from the last to the first, each when the one before is Ready`,
  );
}

export const statefulSetExplainer = { ref: statefulSets, gather: gatherStatefulSet, findings: findingsOf };
