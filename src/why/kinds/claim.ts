/** Why a claim is not bound, lost, or cannot grow. */
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import {
  about,
  type Evidence,
  type Finding,
  healthy,
  named,
  problem,
  referenceTo,
  waiting,
} from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { ago, lessThan, listed, oneLine } from '../words.ts';
import { claimNames } from '../pod/claims.ts';

const noProvisioner = 'kubernetes.io/no-provisioner';
const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class';
const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';

/** The node that the scheduler has chosen for the pod that waits for the claim. */
export function selectedNode({ metadata }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.[selectedNodeAnnotation];
}

export async function gatherClaim(claim: PersistentVolumeClaim, gatherer: Gatherer): Promise<void> {
  await Promise.all([
    gatherer.list(persistentVolumes, ''),
    gatherer.list(storageClasses, ''),
    gatherer.list(pods, claim.metadata.namespace ?? ''),
  ]);
}

export function claimFindings(claim: PersistentVolumeClaim, facts: Facts): Finding[] {
  const resizing = resizeFindings(claim);
  switch (claim.status?.phase) {
    case 'Bound':
      return [
        ...resizing,
        healthy('Bound', `Bound to PersistentVolume ${claim.spec?.volumeName}`, {
          evidence: [usersEvidence(claim, facts)],
        }),
      ];
    case 'Lost':
      return [
        problem('Lost', `Lost: its PersistentVolume ${claim.spec?.volumeName} is gone or bound elsewhere`, {
          remedies: ['restore the volume from a backup, and bind a new claim to it by spec.volumeName'],
        }),
      ];
    default:
      return [pendingClaim(claim, facts)];
  }
}

function pendingClaim(claim: PersistentVolumeClaim, facts: Facts): Finding {
  if (claim.spec?.volumeName) return namedVolume(claim, claim.spec.volumeName, facts);
  const className = claim.spec?.storageClassName;
  if (className === undefined || className === '') return withoutClass(claim, className, facts);
  const storageClass = facts.get(storageClasses, '', className);
  if (!storageClass && facts.unread.some(text => text.startsWith('storageclasses')))
    return withoutProvisioner(claim, facts, `class ${className} could not be read`);
  if (!storageClass) {
    const there = facts.all(storageClasses).map(one => one.metadata.name!);
    return problem('ClassMissing', `Pending: StorageClass ${className} does not exist`, {
      evidence: [`There is ${listed(there)}`, ...volumeEvidence(claim, facts)],
      remedies: [`make StorageClass ${className}, or make the claim anew with a class that exists`],
    });
  }
  return ofClass(claim, storageClass, facts);
}

function ofClass(claim: PersistentVolumeClaim, storageClass: StorageClass, facts: Facts): Finding {
  const name = storageClass.metadata.name!;
  const users = usersOf(claim, facts);
  const first = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  if (first && !selectedNode(claim)) {
    const text =
      users.length === 0
        ? 'Pending: it is bound when a pod uses it, and none does'
        : `Pending: it is bound once a node is found for ${listed(users.map(pod => named(referenceTo(pod))))}`;
    return waiting('WaitForFirstConsumer', text, {
      evidence: [`StorageClass ${name} has volumeBindingMode WaitForFirstConsumer`],
      remedies: [users.length === 0 ? 'make a pod that uses it' : undefined],
    });
  }
  if (storageClass.provisioner === noProvisioner)
    return withoutProvisioner(claim, facts, `StorageClass ${name} has no provisioner`);
  const node = selectedNode(claim);
  const where = node && `The scheduler has chosen ${node}`;
  const failed = facts.eventsOf(claim, 'ProvisioningFailed').at(-1);
  if (failed) {
    return problem('ProvisioningFailed', `Pending: provisioning fails: ${oneLine(failed.message)}`, {
      evidence: [`Last tried ${ago(eventTime(failed), facts.nowMs)} by ${storageClass.provisioner}`, where],
      remedies: [`mend what it says, or look at the log of the provisioner ${storageClass.provisioner}`],
    });
  }
  const waitingMs = facts.nowMs - Date.parse(claim.metadata.creationTimestamp ?? '');
  const say = waitingMs > provisionPatienceMs ? problem : waiting;
  return say(
    'Provisioning',
    `Pending: waits for the provisioner ${storageClass.provisioner} to make a volume`,
    {
      evidence: [`Made ${ago(claim.metadata.creationTimestamp, facts.nowMs)}`, where],
      remedies: [say === problem ? `see that the provisioner ${storageClass.provisioner} runs` : undefined],
    },
  );
}

const provisionPatienceMs = 60_000;

function withoutClass(claim: PersistentVolumeClaim, className: string | undefined, facts: Facts): Finding {
  if (className === '') return withoutProvisioner(claim, facts, 'its storageClassName is empty');
  const standard = facts
    .all(storageClasses)
    .find(one => one.metadata.annotations?.[defaultClassAnnotation] === 'true');
  const why = standard
    ? `it names no class, and was made before ${standard.metadata.name} became the default`
    : 'it names no class, and no StorageClass is the default';
  return withoutProvisioner(claim, facts, why);
}

/** Only a volume that is there already can help. */
function withoutProvisioner(claim: PersistentVolumeClaim, facts: Facts, why: string): Finding {
  const wanted = `${claim.spec?.resources?.requests?.storage ?? '0'} ${claim.spec?.accessModes?.join(',') ?? ''}`;
  return problem('NoVolume', `Pending: no PersistentVolume matches, and none is made for it: ${why}`, {
    evidence: volumeEvidence(claim, facts),
    remedies: [
      `make a PersistentVolume of ${wanted}${claim.spec?.storageClassName ? ` and class ${claim.spec.storageClassName}` : ''}`,
      claim.spec?.storageClassName
        ? undefined
        : 'make a StorageClass with a provisioner the default, or name one in the claim',
    ],
  });
}

function namedVolume(claim: PersistentVolumeClaim, name: string, facts: Facts): Finding {
  const volume = facts.get(persistentVolumes, '', name);
  if (!volume) {
    return problem('VolumeMissing', `Pending: it names PersistentVolume ${name}, which does not exist`, {
      remedies: [`make PersistentVolume ${name}, or make the claim anew without spec.volumeName`],
    });
  }
  const reasons = mismatches(claim, volume);
  return problem(
    'VolumeMismatch',
    `Pending: it names PersistentVolume ${name}, which does not fit: ${reasons.join('; ') || `it is ${volume.status?.phase}`}`,
    {
      remedies: ['make the claim anew with what the volume has'],
    },
  );
}

/** Why each volume of the class is not taken. */
function volumeEvidence(claim: PersistentVolumeClaim, facts: Facts): Evidence[] {
  return facts
    .all(persistentVolumes)
    .filter(volume => (volume.spec?.storageClassName ?? '') === (claim.spec?.storageClassName ?? ''))
    .slice(0, volumesShownMax)
    .map(volume =>
      about(
        volume,
        `PersistentVolume ${volume.metadata.name}: ${mismatches(claim, volume).join('; ') || 'fits'}`,
      ),
    );
}

const volumesShownMax = 5;

function mismatches(claim: PersistentVolumeClaim, volume: PersistentVolume): string[] {
  const {
    accessModes = [],
    resources,
    volumeMode = 'Filesystem',
    selector,
    storageClassName = '',
  } = claim.spec ?? {};
  const spec = volume.spec ?? {};
  const bound = spec.claimRef;
  const other = bound && (bound.name !== claim.metadata.name || bound.namespace !== claim.metadata.namespace);
  const modes = accessModes.filter(mode => !spec.accessModes?.includes(mode));
  const asked = resources?.requests?.storage;
  return [
    other ? `belongs to claim ${bound.namespace}/${bound.name} (${volume.status?.phase})` : '',
    lessThan(spec.capacity?.storage, asked) ? `holds ${spec.capacity?.storage}, ${asked} is asked` : '',
    modes.length > 0 ? `lacks access mode ${modes.join(', ')}` : '',
    (spec.volumeMode ?? 'Filesystem') === volumeMode
      ? ''
      : `has volume mode ${spec.volumeMode ?? 'Filesystem'}, not ${volumeMode}`,
    (spec.storageClassName ?? '') === storageClassName
      ? ''
      : `has class ${JSON.stringify(spec.storageClassName ?? '')}, not ${JSON.stringify(storageClassName)}`,
    selector && !parseSelectorObject(selector).matches(volume.metadata.labels)
      ? "does not match the claim's selector"
      : '',
  ].filter(text => text !== '');
}

function resizeFindings(claim: PersistentVolumeClaim): Finding[] {
  const asked = claim.spec?.resources?.requests?.storage;
  const has = claim.status?.capacity?.storage;
  if (!lessThan(has, asked)) return [];
  const condition = claim.status?.conditions?.find(({ status }) => status === 'True');
  return [
    waiting('Resizing', `grows from ${has} to ${asked}${condition ? `: ${condition.type}` : ''}`, {
      evidence: [oneLine(condition?.message)],
      remedies: [
        condition?.type === 'FileSystemResizePending'
          ? 'start a pod that uses it: the file system grows then'
          : undefined,
      ],
    }),
  ];
}

export function usersOf(claim: PersistentVolumeClaim, facts: Facts) {
  return facts
    .all(pods, claim.metadata.namespace ?? '')
    .filter(pod => claimNames(pod).some(({ name }) => name === claim.metadata.name));
}

function usersEvidence(claim: PersistentVolumeClaim, facts: Facts): Evidence | undefined {
  const users = usersOf(claim, facts);
  if (users.length === 0) return undefined;
  return {
    text: `Used by ${listed(users.map(pod => named(referenceTo(pod))))}`,
    about: users.map(referenceTo),
  };
}

export const claimExplainer = { ref: persistentVolumeClaims, gather: gatherClaim, findings: claimFindings };
