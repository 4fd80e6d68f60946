import { Quantity } from '#machinery/quantity.ts';
import type { StrategyContext } from './definition.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from './generated/types/core.v1.ts';
import { betaStorageClassAnnotation } from './storage-text.ts';

const classWarning = 'deprecated since v1.8; use "storageClassName" attribute instead';
const recycleWarning =
  'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
const deprecatedSources: readonly (readonly [keyof NonNullable<PersistentVolume['spec']>, string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
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

function warnOfAnnotation(
  { annotations }: { annotations?: Readonly<Record<string, string>> },
  context: StrategyContext,
): void {
  if (annotations?.[betaStorageClassAnnotation] === undefined) return;
  context.warn(`metadata.annotations[${betaStorageClassAnnotation}]: ${classWarning}`);
}

/** Warnings of what a claim holds that is deprecated or likely a mistake. */
export function warnOfClaim({ metadata, spec }: PersistentVolumeClaim, context: StrategyContext): void {
  warnOfAnnotation(metadata, context);
  for (const warning of claimSpecWarnings('spec', spec)) context.warn(warning);
}

/** The same of a volume. */
export function warnOfVolume({ metadata, spec }: PersistentVolume, context: StrategyContext): void {
  warnOfAnnotation(metadata, context);
  if (spec?.persistentVolumeReclaimPolicy === 'Recycle') {
    context.warn(`spec.persistentVolumeReclaimPolicy: ${recycleWarning}`);
  }
  for (const [name, warning] of deprecatedSources) {
    if (spec?.[name] !== undefined) context.warn(`spec.${name}: ${warning}`);
  }
}
