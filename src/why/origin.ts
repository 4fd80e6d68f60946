/** Where an object comes from: its owners, and for pods the revision of their template. */
import { controllerRevisions, daemonSets, replicaSets, statefulSets } from '#api/generated/refs.ts';
import type { ControllerRevision, ReplicaSet } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { controllerOf, type KubeObject } from '#machinery/object.ts';
import { differences, differenceText } from './diff.ts';
import { type Evidence, named, referenceTo } from './explanation.ts';
import type { Facts } from './facts.ts';
import type { Gatherer } from './gather.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const templateHashLabel = 'pod-template-hash';
const revisionHashLabel = 'controller-revision-hash';

/** What `originOf` needs. */
export async function gatherOrigin(object: KubeObject, gatherer: Gatherer): Promise<void> {
  const namespace = object.metadata.namespace ?? '';
  const owner = controllerOf(object)?.kind;
  await Promise.all([
    gatherer.owners(object),
    object.kind === 'Pod' && owner === 'ReplicaSet' && gatherer.list(replicaSets, namespace),
    object.kind === 'Pod' &&
      (owner === 'StatefulSet' || owner === 'DaemonSet') &&
      gatherer.list(controllerRevisions, namespace),
  ]);
}

export function originOf(object: KubeObject, facts: Facts): Evidence[] {
  const reference = controllerOf(object);
  if (!reference) {
    return isLeaving(object) ? [{ text: 'No controller made it: once gone, it is not made anew' }] : [];
  }
  const chain: KubeObject[] = [];
  const namespace = object.metadata.namespace ?? '';
  for (
    let next = controllerOf(object);
    next;
    next = chain.length > 0 ? controllerOf(chain.at(-1)!) : undefined
  ) {
    const owner = facts.owner(next, namespace);
    if (!owner || chain.includes(owner)) break;
    chain.push(owner);
  }
  if (chain.length === 0) {
    return [{ text: `Made by ${reference.kind} ${reference.name}, which is gone or cannot be read` }];
  }
  const revision = object.kind === 'Pod' ? revisionOf(object, chain, facts) : undefined;
  const of = chain.map(owner => named(referenceTo(owner))).join(' of ');
  return [
    {
      text: `Made by ${of}${revision ? `, ${revision.text}` : ''}`,
      about: chain.map(referenceTo),
      ...(revision?.evidence ? { evidence: revision.evidence } : {}),
    },
  ];
}

/** A pod that has failed, or is on its way out. */
function isLeaving(object: KubeObject): boolean {
  const { kind, metadata, status } = object as Pod;
  if (kind !== 'Pod' || status?.phase === 'Succeeded') return false;
  const disrupted = status?.conditions?.some(condition => condition.type === 'DisruptionTarget');
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Failed' || disrupted === true;
}

interface Revision {
  readonly number: number;
  readonly template: unknown;
}

function revisionOf(pod: KubeObject, chain: readonly KubeObject[], facts: Facts): Evidence | undefined {
  const [owner, top] = chain;
  const revisions =
    owner?.kind === 'ReplicaSet' && top
      ? ofReplicaSets(facts.controlledBy(replicaSets, top))
      : ofRevisions(owner!, facts);
  const number =
    owner?.kind === 'ReplicaSet'
      ? Number(owner.metadata.annotations?.[revisionAnnotation])
      : numberOfHash(owner!, pod.metadata.labels?.[revisionHashLabel], facts);
  if (!number) return undefined;
  const newest = Math.max(number, ...revisions.map(one => one.number));
  const current = revisions.find(one => one.number === number);
  const before = revisions.filter(one => one.number < number).sort((a, b) => b.number - a.number)[0];
  return {
    text: `revision ${number}${newest > number ? ` (the newest is ${newest})` : ''}`,
    evidence: before && current ? changes(before, current) : [],
  };
}

/** The newest revision of a Deployment, and what it changed. */
export function newestRevision(sets: readonly ReplicaSet[]): Evidence[] {
  const [newest, before] = ofReplicaSets(sets).sort((a, b) => b.number - a.number);
  if (!newest?.number) return [];
  if (!before?.number) return [{ text: `Revision ${newest.number}` }];
  return changes(before, newest);
}

const changesShownMax = 6;

function changes(before: Revision, after: Revision): Evidence[] {
  const found = differences(before.template, after.template);
  return [
    {
      text: `What revision ${after.number} changed from ${before.number}:`,
      evidence: found.slice(0, changesShownMax).map(one => ({ text: differenceText(one) })),
    },
  ];
}

function ofReplicaSets(sets: readonly ReplicaSet[]): Revision[] {
  return sets.map(set => {
    const { [templateHashLabel]: _, ...labels } = set.spec?.template?.metadata?.labels ?? {};
    const template = set.spec?.template;
    return {
      number: Number(set.metadata.annotations?.[revisionAnnotation] ?? 0),
      template: { ...template?.spec, metadata: { ...template?.metadata, labels } },
    };
  });
}

function revisionsOf(owner: KubeObject, facts: Facts): readonly ControllerRevision[] {
  return owner.kind === statefulSets.kind || owner.kind === daemonSets.kind
    ? facts.controlledBy(controllerRevisions, owner)
    : [];
}

function ofRevisions(owner: KubeObject, facts: Facts): Revision[] {
  return revisionsOf(owner, facts).map(({ revision, data }) => ({
    number: revision,
    template: (data as { spec?: { template?: { spec?: unknown } } } | undefined)?.spec?.template?.spec,
  }));
}

/** Pods carry the name of their revision, or the end of it. */
function numberOfHash(owner: KubeObject, hash: string | undefined, facts: Facts): number | undefined {
  if (!hash) return undefined;
  return revisionsOf(owner, facts).find(({ metadata: { name = '', labels } }) => {
    return name === hash || name.endsWith(`-${hash}`) || labels?.[revisionHashLabel] === hash;
  })?.revision;
}
