import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import { validateClaimTemplate } from '../../claim-spec-validation.ts';
import type { Volume } from '../../generated/types/core.v1.ts';
import {
  type SourceRule,
  sharedSources,
  validateDriverName,
  validateOneSource,
} from '../../storage-sources.ts';
import { invalidEach, optionalOneOf, requiredName } from '../../validation.ts';
import {
  validateDownwardFile,
  validateItems,
  validateMode,
  validateProjected,
} from './validate-volume-files.ts';

const targetNameMax = 64;

type Sources = Required<Omit<Volume, 'name'>>;

function required(path: FieldPath, value: string | undefined): FieldError[] {
  return value ? [] : [fieldError.required(path)];
}

function files<Name extends 'secretName' | 'name'>(nameField: Name) {
  type Source = { [name in Name]?: string } & Pick<Sources['secret'], 'defaultMode' | 'items'>;
  return (path: FieldPath, source: Source): FieldError[] => [
    ...required(path.child(nameField), source[nameField]),
    ...validateMode(path.child('defaultMode'), source.defaultMode),
    ...validateItems(path.child('items'), source.items),
  ];
}

function emptyDir(path: FieldPath, { sizeLimit }: Sources['emptyDir']): FieldError[] {
  return Quantity.tryParse(sizeLimit ?? '0')?.sign === -1
    ? [fieldError.forbidden(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity')]
    : [];
}

function csi(path: FieldPath, { driver, nodePublishSecretRef }: Sources['csi']): FieldError[] {
  const errors = validateDriverName(path.child('driver'), driver);
  if (!nodePublishSecretRef) return errors;
  const { name } = nodePublishSecretRef;
  if (!name) return [...errors, fieldError.required(path.child('nodePublishSecretRef', 'name'))];
  return [...errors, ...invalidEach(path.child('name'), name, checkDns1123Subdomain(name))];
}

function ephemeral(path: FieldPath, { volumeClaimTemplate: template }: Sources['ephemeral']): FieldError[] {
  const at = path.child('volumeClaimTemplate');
  return template ? validateClaimTemplate(at, template) : [fieldError.required(at)];
}

/** Every source, in the order in which upstream looks at them. */
const sourceRules: { readonly [Name in keyof Sources]: SourceRule<Sources[Name]> } = {
  emptyDir,
  hostPath: sharedSources.hostPath,
  gitRepo: sharedSources.gitRepo,
  gcePersistentDisk: sharedSources.gcePersistentDisk,
  awsElasticBlockStore: sharedSources.awsElasticBlockStore,
  secret: files('secretName'),
  nfs: sharedSources.nfs,
  iscsi: sharedSources.iscsi,
  glusterfs: sharedSources.glusterfs,
  flocker: sharedSources.flocker,
  persistentVolumeClaim: (path, source) => required(path.child('claimName'), source.claimName),
  rbd: sharedSources.rbd,
  cinder: sharedSources.cinder,
  cephfs: sharedSources.cephfs,
  quobyte: sharedSources.quobyte,
  downwardAPI: (path, source) => [
    ...validateMode(path.child('defaultMode'), source.defaultMode),
    ...(source.items ?? []).flatMap(file => validateDownwardFile(path, file)),
  ],
  fc: sharedSources.fc,
  flexVolume: sharedSources.flexVolume,
  configMap: files('name'),
  azureFile: sharedSources.azureFile,
  vsphereVolume: sharedSources.vsphereVolume,
  photonPersistentDisk: sharedSources.photonPersistentDisk,
  portworxVolume: sharedSources.portworxVolume,
  azureDisk: sharedSources.azureDisk,
  storageos: sharedSources.storageos,
  projected: validateProjected,
  scaleIO: sharedSources.scaleIO,
  csi,
  ephemeral,
  // What makes pods of a template may fill the reference in.
  image: (path, source, { inTemplate }) => [
    ...(inTemplate ? [] : required(path.child('reference'), source.reference)),
    ...optionalOneOf(path.child('pullPolicy'), source.pullPolicy, ['Always', 'IfNotPresent', 'Never']),
  ],
};

const sourceNames = Object.keys(sourceRules) as (keyof Sources)[];

/** What only the names of the volume and its pod together show. */
function validateNames(path: FieldPath, volume: Volume, podName: string): FieldError[] {
  const { name = '', iscsi, ephemeral: claim } = volume;
  const errors: FieldError[] = [];
  const tooLong = `${name}:${iscsi?.targetPortal}`.length > targetNameMax;
  if (iscsi?.initiatorName !== undefined && tooLong) {
    const detail =
      'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
    errors.push(fieldError.invalid(path.child('name'), name, detail));
  }
  // Of two sources only the first is looked at.
  const isFirst = sourceNames.find(source => volume[source] !== undefined) === 'ephemeral';
  if (claim && isFirst && podName !== '' && name !== '') {
    const claimName = `${podName}-${name}`;
    const messages = checkDns1123Subdomain(claimName).map(m => `PVC name ${JSON.stringify(claimName)}: ${m}`);
    append(errors, invalidEach(path.child('name'), name, messages));
  }
  return errors;
}

/**
 * The volumes of a pod, named `podName` if it has a name already, or of a template. `valid` are those that containers may mount: upstream
 * does not know the others.
 */
export function validateVolumes(
  path: FieldPath,
  volumes: readonly Volume[] | undefined,
  isPod: boolean,
  podName: string,
): { errors: FieldError[]; valid: Volume[] } {
  const list = volumes ?? [];
  const made = new Set(list.filter(v => v.ephemeral && podName).map(v => `${podName}-${v.name}`));
  const names = new Set<string>();
  const errors: FieldError[] = [];
  const valid = list.filter((volume, i) => {
    const at = path.index(i);
    const own = [
      ...validateOneSource(at, volume, sourceRules, {
        name: volume.name,
        persistent: false,
        inTemplate: !isPod,
      }),
      ...validateNames(at, volume, podName),
      ...requiredName(at.child('name'), volume.name, checkDns1123Label),
      ...(names.has(volume.name) ? [fieldError.duplicate(at.child('name'), volume.name)] : []),
    ];
    append(errors, own);
    if (own.length === 0) names.add(volume.name);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && made.has(claim)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(fieldError.invalid(at.child('persistentVolumeClaim', 'claimName'), claim, detail));
    }
    return own.length === 0;
  });
  return { errors, valid };
}
