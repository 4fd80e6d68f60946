/** What the volume plug-ins mean by their reasons. */
import { persistentVolumeClaims, persistentVolumes, pods } from '#api/generated/refs.ts';
import type { PersistentVolume } from '#api/generated/types/core.v1.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import { nodeTermMatcher } from '#api/node-selection.ts';
import { claimNames } from '../pod/claims.ts';
import { count, listed } from '../words.ts';
import type { Lack, LacksOf } from './lack.ts';
import type { SchedulingView } from './view.ts';

type Meaning = (view: SchedulingView, node: NodeInfo) => readonly Lack[];

const lack = (text: string, remedy: string): readonly Lack[] => [{ text, remedy, distance: 1 }];

const meanings: readonly (readonly [RegExp, Meaning])[] = [
  [/PersistentVolume's node affinity|available volume zone/, tiedVolumes],
  [
    /find available persistent volumes/,
    (_, node) =>
      lack(
        'no free volume that its claims could take is in reach of it',
        `make a PersistentVolume for its claims that ${node.name} reaches, or a provisioner for their class`,
      ),
  ],
  [
    /enough free storage/,
    () =>
      lack(
        'the storage in reach of it has too little room for new volumes',
        'add storage there, or ask for less',
      ),
  ],
  [
    /exceed max volume count/,
    (_, node) =>
      lack(
        'it holds as many volumes of that driver as it may',
        `move pods with volumes away from ${node.name}`,
      ),
  ],
  [/ReadWriteOncePod/, exclusiveClaim],
  [
    /no available disk/,
    (_, node) => lack('a pod there uses the same disk', `end the pod on ${node.name} that uses the disk`),
  ],
];

export const volumeLacks: LacksOf = (view, node, { reasons }) =>
  reasons.flatMap(reason => meanings.find(([pattern]) => pattern.test(reason))?.[1](view, node) ?? []);

/** Bound volumes that are reached from other nodes alone. */
function tiedVolumes(view: SchedulingView, node: NodeInfo): readonly Lack[] {
  const tied = view
    .once('bound volumes', () => boundVolumes(view))
    .filter(({ volume }) => !reaches(volume, node));
  return tied.flatMap(({ claim, volume }) => {
    const where = placeText(volume);
    return lack(
      `PersistentVolume ${volume.metadata.name} of claim ${claim} is elsewhere${where ? ` (${where})` : ''}`,
      `make room where PersistentVolume ${volume.metadata.name} is${where ? ` (${where})` : ''}, or restore its data into a volume elsewhere`,
    );
  });
}

function boundVolumes({ facts, pod }: SchedulingView): { claim: string; volume: PersistentVolume }[] {
  return claimNames(pod.pod).flatMap(({ name }) => {
    const claim = facts.get(persistentVolumeClaims, pod.namespace, name);
    const volume = facts.get(persistentVolumes, '', claim?.spec?.volumeName ?? '');
    return volume ? [{ claim: name, volume }] : [];
  });
}

const zoneLabels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

function reaches(volume: PersistentVolume, node: NodeInfo): boolean {
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (terms) return terms.some(term => nodeTermMatcher(term)(node));
  return zoneLabels.every(label => {
    const zones = volume.metadata.labels?.[label];
    return zones === undefined || zones.split('__').includes(node.labels[label] ?? '');
  });
}

function placeText({ spec, metadata }: PersistentVolume): string {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const requirements = terms.flatMap(term => term.matchExpressions ?? []);
  if (requirements.length > 0)
    return listed(
      requirements.map(({ key, operator, values = [] }) => `${key} ${operator} [${listed(values)}]`),
    );
  return listed(
    zoneLabels.flatMap(label => (metadata.labels?.[label] ? [`${label}=${metadata.labels[label]}`] : [])),
  );
}

/** Another pod has a claim that one pod at a time may use. */
function exclusiveClaim({ facts, pod }: SchedulingView): readonly Lack[] {
  const mine = new Set(claimNames(pod.pod).map(({ name }) => name));
  const holders = facts
    .all(pods, pod.namespace)
    .filter(other => other.metadata.uid !== pod.uid && other.spec?.nodeName)
    .filter(other => claimNames(other).some(({ name }) => mine.has(name)))
    .map(other => other.metadata.name!);
  return lack(
    `${count(holders.length, 'pod')} (${listed(holders)}) uses its claim, of access mode ReadWriteOncePod`,
    `end Pod ${listed(holders)}`,
  );
}
