import { FieldPath } from '#machinery/field.ts';
import { Quantity } from '#machinery/quantity.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from './generated/types/core.v1.ts';
import { nodeTermWarnings } from './node-label-warnings.ts';
import { betaStorageClassAnnotation } from './storage-text.ts';

const classWarning = 'deprecated since v1.8; use "storageClassName" attribute instead';
const recycleWarning =
  'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
/** By the source's field, in upstream's order; one is spelled as upstream's path has it. */
const deprecatedSources: readonly (readonly [
  keyof NonNullable<PersistentVolume['spec']>,
  warning: string,
  path?: string,
])[] = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

function fractional(amount: string | undefined): boolean {
  const quantity = amount === undefined ? undefined : Quantity.tryParse(amount);
  return quantity !== undefined && quantity.milliValue() % 1000 !== 0;
}

/** What of a claim's spec is likely a mistake; also of the claim that a pod's ephemeral volume makes. */
export function claimSpecWarnings(path: string, spec: PersistentVolumeClaimSpec | undefined): string[] {
  return (['requests', 'limits'] as const).flatMap(name => {
    const amount = spec?.resources?.[name]?.storage;
    if (!fractional(amount)) return [];
    const text = `fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`;
    return [`${path}.resources.${name}[storage]: ${text}`];
  });
}

type Annotated = { readonly annotations?: Readonly<Record<string, string>> };

function annotationWarnings({ annotations }: Annotated): string[] {
  if (annotations?.[betaStorageClassAnnotation] === undefined) return [];
  return [`metadata.annotations[${betaStorageClassAnnotation}]: ${classWarning}`];
}

/** What a claim holds that is deprecated or likely a mistake. */
export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  return [...annotationWarnings(metadata), ...claimSpecWarnings('spec', spec)];
}

const termsPath = FieldPath.of('spec', 'nodeAffinity', 'required', 'nodeSelectorTerms');

/** The same of a volume. */
export function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const isRecycled = spec?.persistentVolumeReclaimPolicy === 'Recycle';
  return [
    ...annotationWarnings(metadata),
    ...(isRecycled ? [`spec.persistentVolumeReclaimPolicy: ${recycleWarning}`] : []),
    ...(spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      nodeTermWarnings(termsPath.index(i), term),
    ),
    ...deprecatedSources.flatMap(([name, warning, shown]) =>
      spec?.[name] === undefined ? [] : [`spec.${shown ?? name}: ${warning}`],
    ),
  ];
}
