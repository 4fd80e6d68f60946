/** Why a namespace is not gone, and what is left in it. */
import { table } from '#base/members.ts';
import { namespaces } from '#api/generated/refs.ts';
import type { Namespace } from '#api/generated/types/core.v1.ts';
import {
  type Evidence,
  type Finding,
  healthy,
  named,
  problem,
  referenceTo,
  waiting,
} from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { count, lasting, listed, oneLine } from '../words.ts';

async function gatherNamespace({ metadata }: Namespace, gatherer: Gatherer): Promise<void> {
  if (metadata.deletionTimestamp) await gatherer.everything(metadata.name!);
}

/** Conditions of a namespace that cannot end. */
const remedies = table<string>({
  NamespaceDeletionContentFailure: 'mend what the message says',
  NamespaceDeletionDiscoveryFailure:
    'mend or delete the APIService that does not answer: kubectl get apiservices',
  NamespaceDeletionGroupVersionParsingFailure: 'delete the APIService whose version cannot be read',
});

function findingsOf(namespace: Namespace, facts: Facts): Finding[] {
  const { deletionTimestamp, name = '' } = namespace.metadata;
  if (!deletionTimestamp) return [healthy('Active', namespace.status?.phase ?? 'Active')];
  const bad = (namespace.status?.conditions ?? []).filter(
    ({ type, status }) => status === 'True' && remedies[type],
  );
  const left = facts.inNamespace(name);
  const held = left.filter(({ metadata }) => metadata.finalizers?.length);
  const text = `terminating for ${lasting(deletionTimestamp, facts.nowMs)}`;
  const failures = bad.map(({ type, message }) =>
    problem(type, `${text}: ${oneLine(message)}`, { remedies: [remedies[type]] }),
  );
  if (left.length === 0) {
    return failures.length > 0
      ? failures
      : [waiting('Terminating', `${text}: nothing is left in it that can be read`)];
  }
  const say = held.length > 0 ? problem : waiting;
  return [
    ...failures,
    say(
      'ContentRemaining',
      `${text}: ${count(left.length, 'object')} left${held.length > 0 ? `, ${held.length} held by finalizers` : ''}`,
      {
        evidence: leftEvidence(left),
        remedies:
          held.length > 0
            ? [
                `see why each is held: why ${held[0]!.kind.toLowerCase()} ${held[0]!.metadata.name} -n ${name}`,
              ]
            : ['wait'],
      },
    ),
  ];
}

const shownMax = 5;

function leftEvidence(left: ReturnType<Facts['inNamespace']>): Evidence[] {
  const kinds = [...Map.groupBy(left, ({ kind }) => kind)];
  return kinds.map(([kind, objects]) => ({
    text: `${kind}: ${listed(
      objects.map(({ metadata }) => metadata.name!),
      shownMax,
    )}`,
    about: objects.map(referenceTo),
    evidence: objects
      .filter(({ metadata }) => metadata.finalizers?.length)
      .slice(0, shownMax)
      .map(one => ({ text: `${named(referenceTo(one))} has finalizer ${listed(one.metadata.finalizers!)}` })),
  }));
}

export const namespaceExplainer = { ref: namespaces, gather: gatherNamespace, findings: findingsOf };
