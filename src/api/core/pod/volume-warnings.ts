/** Warnings of a pod's volumes: what is deprecated, and files that hide each other. */
import { withoutEnd } from '#base/trim.ts';
import type { Volume, VolumeProjection } from '../../generated/types/core.v1.ts';
import { claimSpecWarnings } from '../../storage-warnings.ts';

/** By the volume's field, in upstream's order; one is spelled as upstream's path has it. */
const deprecatedVolumes: readonly (readonly [keyof Volume, string, path?: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** A path in a volume, with who writes it where more than one source does. */
interface Target {
  readonly path: string;
  readonly source?: string;
}

const quote = (text = '') => JSON.stringify(text);

function targets(files: readonly { readonly path: string }[] = [], source?: string): Target[] {
  return files.map(({ path }) => ({ path: withoutEnd(path, '/'), ...(source ? { source } : {}) }));
}

/** Paths of one volume that are looked at: their pairs are far more than an answer has room to warn of. */
const targetsMax = 500;

/** Each two paths of which one is the other, or a folder of it. */
function overlaps(all: readonly Target[]): string[] {
  const shown = ({ path, source }: Target) => (source ? `${quote(path)} (${source})` : quote(path));
  const before: { readonly target: Target; readonly folder: string }[] = [];
  return all.slice(0, targetsMax).flatMap(target => {
    if (target.path === '') return [];
    const folder = `${target.path}/`;
    const others = before.filter(other => other.folder.startsWith(folder) || folder.startsWith(other.folder));
    before.push({ target, folder });
    return others.map(other => `overlapping paths: ${shown(target)} with ${shown(other.target)}`);
  });
}

/** The first of its kinds that says paths counts. */
function projectedTargets({ configMap, secret, downwardAPI, ...source }: VolumeProjection): Target[] {
  if (configMap?.items) return targets(configMap.items, `ConfigMap ${quote(configMap.name)}`);
  if (secret?.items) return targets(secret.items, `Secret ${quote(secret.name)}`);
  if (downwardAPI?.items) return targets(downwardAPI.items, 'DownwardAPI');
  const token = source.serviceAccountToken;
  return token ? targets([token], 'ServiceAccountToken') : [];
}

function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: Volume): string[] {
  const warn = (what: string, all: readonly Target[]) =>
    overlaps(all).map(overlap => `volume ${quote(name)} (${what}): ${overlap}`);
  const sources = projected?.sources ?? [];
  const isEmpty = (source: VolumeProjection) => Object.values(source).every(value => value === undefined);
  return [
    ...(configMap ? warn(`ConfigMap ${quote(configMap.name)}`, targets(configMap.items)) : []),
    ...(secret ? warn(`Secret ${quote(secret.secretName)}`, targets(secret.items)) : []),
    ...(downwardAPI ? warn('DownwardAPI', targets(downwardAPI.items)) : []),
    ...sources.filter(isEmpty).map(() => `volume ${quote(name)} (Projected) has no sources provided`),
    ...warn('Projected', sources.flatMap(projectedTargets)),
  ];
}

/** What is to be said of the volumes of a pod's spec at `path`. */
export function volumeWarnings(volumes: readonly Volume[], path: string): string[] {
  const deprecated = volumes.flatMap((volume, i) => [
    ...deprecatedVolumes.flatMap(([name, warning, shown]) =>
      volume[name] === undefined ? [] : [`${path}.volumes[${i}].${shown ?? name}: ${warning}`],
    ),
    ...claimSpecWarnings(
      `${path}.volumes[${i}].ephemeral.volumeClaimTemplate.spec`,
      volume.ephemeral?.volumeClaimTemplate?.spec,
    ),
  ]);
  return [...deprecated, ...volumes.flatMap(overlapWarnings)];
}
