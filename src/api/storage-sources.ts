/** The rules of the storage that pods and PersistentVolumes name alike, by the field that names it. */
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain, checkInRange } from '#machinery/names.ts';
import type { PersistentVolumeSpec, SecretReference, Volume } from './generated/types/core.v1.ts';
import { descendingPath, invalidEach, optionalName, requiredName, withoutBacksteps } from './validation.ts';

/** Who holds the source: a pod's volume, whose secrets are in the pod's namespace, or a PersistentVolume. */
export interface SourceHolder {
  readonly name: string;
  readonly persistent: boolean;
  /** The volume is that of pods to be made. */
  readonly inTemplate?: boolean;
}

export type SourceRule<Source> = (path: FieldPath, source: Source, holder: SourceHolder) => FieldError[];

type Sources = Required<Volume & PersistentVolumeSpec>;
type Rules = { readonly [Name in keyof Sources]?: SourceRule<Sources[Name]> };

const partitionMax = 255;
const targetNameMax = 64;
const driverNameMax = 63;
const hostPathTypes = [
  ...['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'],
];
/** Far more than any has (RFC 3720: 223); an expression that may begin anywhere takes the square of it. */
const initiatorNameMax = 4096;
const initiatorFormats: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};
const cachingModes = ['None', 'ReadOnly', 'ReadWrite'];
const diskKinds = ['Dedicated', 'Managed', 'Shared'];
const managedDisk =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobDisk = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

function required(path: FieldPath, value: string | undefined): FieldError[] {
  return value ? [] : [fieldError.required(path)];
}

/** A check of some fields that must be set, in order. */
function allRequired(...names: string[]): SourceRule<object> {
  return (path, source) =>
    names.flatMap(name => required(path.child(name), (source as Record<string, string | undefined>)[name]));
}

/** A secret by its name, and in a PersistentVolume by its namespace too. */
function secretRef(
  path: FieldPath,
  ref: SecretReference | undefined,
  { persistent }: SourceHolder,
): FieldError[] {
  if (!ref) return [];
  const errors = required(path.child('name'), ref.name);
  return persistent ? [...errors, ...required(path.child('namespace'), ref.namespace)] : errors;
}

function partition(path: FieldPath, value = 0): FieldError[] {
  const message = `must be between 1 and ${partitionMax}, inclusive`;
  return value < 0 || value > partitionMax
    ? [fieldError.invalid(path.child('partition'), value, message)]
    : [];
}

function lun(path: FieldPath, value: number): FieldError[] {
  return invalidEach(path.child('lun'), value, checkInRange(value, 0, partitionMax));
}

function initiator(path: FieldPath, name: string, persistent: boolean): FieldError[] {
  const format = name.length > initiatorNameMax ? undefined : initiatorFormats[name.slice(0, 3)];
  if (!format) {
    const detail = persistent
      ? 'must be valid format'
      : 'must be valid format starting with iqn, eui, or naa';
    return [fieldError.invalid(path, name, detail)];
  }
  return format.test(name) ? [] : [fieldError.invalid(path, name, 'must be valid format')];
}

function targetTooLong(path: FieldPath, source: Sources['iscsi'], holder: SourceHolder): FieldError[] {
  const tooLong = `${holder.name}:${source.targetPortal}`.length > targetNameMax;
  if (source.initiatorName === undefined || !tooLong || !holder.persistent) return [];
  const detail =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  return [fieldError.invalid(path.child('targetportal'), source.targetPortal, detail)];
}

function iscsi(path: FieldPath, source: Sources['iscsi'], holder: SourceHolder): FieldError[] {
  const { iqn, initiatorName, secretRef: secret } = source;
  const chap = source.chapAuthDiscovery || source.chapAuthSession;
  return [
    ...required(path.child('targetPortal'), source.targetPortal),
    ...targetTooLong(path, source, holder),
    ...(iqn
      ? initiator(path.child('iqn'), iqn, holder.persistent)
      : [fieldError.required(path.child('iqn'))]),
    ...lun(path, source.lun),
    ...(chap && !secret ? [fieldError.required(path.child('secretRef'))] : []),
    ...(secret && holder.persistent ? required(path.child('secretRef', 'name'), secret.name) : []),
    ...(initiatorName === undefined
      ? []
      : initiator(path.child('initiatorname'), initiatorName, holder.persistent)),
  ];
}

function fibreChannel(path: FieldPath, source: Sources['fc']): FieldError[] {
  const { targetWWNs = [], wwids = [], lun: number } = source;
  const at = path.child('targetWWNs');
  const errors: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(fieldError.required(at, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length === 0) return errors;
  if (wwids.length > 0) {
    const detail = 'targetWWNs and wwids can not be specified simultaneously';
    errors.push(fieldError.invalid(at, targetWWNs, detail));
  }
  if (number !== undefined) return [...errors, ...lun(path, number)];
  return [...errors, fieldError.required(path.child('lun'), 'lun is required if targetWWNs is specified')];
}

function glusterfs(path: FieldPath, source: Sources['glusterfs']): FieldError[] {
  const namespace = (source as { endpointsNamespace?: string }).endpointsNamespace;
  const errors = allRequired('endpoints', 'path')(path, source, { name: '', persistent: false });
  if (namespace === undefined) return errors;
  const at = path.child('endpointsNamespace');
  if (namespace !== '') return [...errors, ...invalidEach(at, namespace, checkDns1123Label(namespace))];
  const detail = 'if the endpointnamespace is set, it must be a valid namespace name';
  return [...errors, fieldError.invalid(at, namespace, detail)];
}

function flocker(path: FieldPath, { datasetName = '', datasetUUID = '' }: Sources['flocker']): FieldError[] {
  const errors: FieldError[] = [];
  if (datasetName === '' && datasetUUID === '') {
    errors.push(fieldError.required(path, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName !== '' && datasetUUID !== '') {
    const detail = 'datasetName and datasetUUID can not be specified simultaneously';
    errors.push(fieldError.invalid(path, 'resource', detail));
  }
  if (datasetName.includes('/')) {
    errors.push(fieldError.invalid(path.child('datasetName'), datasetName, "must not contain '/'"));
  }
  return errors;
}

function quobyte(path: FieldPath, { registry, tenant = '', volume }: Sources['quobyte']): FieldError[] {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  const errors: FieldError[] = [];
  if (!registry) errors.push(fieldError.required(path.child('registry'), pairs));
  else if (tenant.length > targetNameMax) {
    const detail = 'must be a UUID and may not exceed a length of 64 characters';
    errors.push(fieldError.required(path.child('tenant'), detail));
  } else {
    for (const pair of registry.split(',')) {
      const isPair = /^(\[[^\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair);
      if (!isPair) errors.push(fieldError.invalid(path.child('registry'), registry, pairs));
    }
  }
  return [...errors, ...required(path.child('volume'), volume)];
}

function flexVolume(path: FieldPath, { driver, options = {} }: Sources['flexVolume']): FieldError[] {
  const reserved = Object.keys(options).filter(key => {
    const namespace = `.${(key.split('/', 1)[0] ?? '').toLowerCase()}`;
    return namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io');
  });
  const detail = 'kubernetes.io and k8s.io namespaces are reserved';
  return [
    ...required(path.child('driver'), driver),
    ...reserved.map(key => fieldError.invalid(path.child('options').key(key), key, detail)),
  ];
}

function azureFile(path: FieldPath, source: Sources['azureFile']): FieldError[] {
  const namespace = (source as { secretNamespace?: string }).secretNamespace;
  const errors = allRequired('secretName', 'shareName')(path, source, { name: '', persistent: false });
  return namespace === '' ? [...errors, fieldError.required(path.child('secretNamespace'))] : errors;
}

function azureDisk(path: FieldPath, source: Sources['azureDisk']): FieldError[] {
  const { diskURI = '', cachingMode, kind } = source;
  const errors = allRequired('diskName', 'diskURI')(path, source, { name: '', persistent: false });
  if (cachingMode !== undefined && !cachingModes.includes(cachingMode)) {
    errors.push(fieldError.notSupported(path.child('cachingMode'), cachingMode, cachingModes));
  }
  if (kind === undefined) return errors;
  if (!diskKinds.includes(kind)) {
    errors.push(fieldError.notSupported(path.child('kind'), kind, diskKinds));
  }
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', managedDisk] : ['https://', blobDisk];
  if (!diskURI.startsWith(start))
    errors.push(fieldError.notSupported(path.child('diskURI'), diskURI, [form]));
  return errors;
}

function storageOs(path: FieldPath, source: Sources['storageos'], holder: SourceHolder): FieldError[] {
  return [
    ...requiredName(path.child('volumeName'), source.volumeName, checkDns1123Label),
    ...optionalName(path.child('volumeNamespace'), source.volumeNamespace, checkDns1123Label),
    ...secretRef(path.child('secretRef'), source.secretRef, holder),
  ];
}

/** The name of a CSI driver. */
export function validateDriverName(path: FieldPath, name: string | undefined): FieldError[] {
  if (!name) return [fieldError.required(path)];
  return [
    ...(name.length > driverNameMax ? [fieldError.tooLong(path, driverNameMax)] : []),
    ...invalidEach(path, name, checkDns1123Subdomain(name.toLowerCase())),
  ];
}

function hostPath(path: FieldPath, { path: target, type }: Sources['hostPath']): FieldError[] {
  if (!target) return [fieldError.required(path.child('path'))];
  const errors = withoutBacksteps(path.child('path'), target);
  if (type === undefined || hostPathTypes.includes(type)) return errors;
  return [...errors, fieldError.notSupported(path.child('type'), type, hostPathTypes)];
}

function nfs(path: FieldPath, { server, path: target }: Sources['nfs']): FieldError[] {
  const errors = [...required(path.child('server'), server), ...required(path.child('path'), target)];
  if (target?.startsWith('/')) return errors;
  return [...errors, fieldError.invalid(path.child('path'), target ?? '', 'must be an absolute path')];
}

/** The rules that a pod's volume and a PersistentVolume share. */
export const sharedSources = {
  hostPath,
  nfs,
  iscsi,
  glusterfs,
  flocker,
  quobyte,
  flexVolume,
  azureFile,
  azureDisk,
  fc: fibreChannel,
  storageos: storageOs,
  gcePersistentDisk: (path, source) => [
    ...required(path.child('pdName'), source.pdName),
    ...partition(path, source.partition),
  ],
  awsElasticBlockStore: (path, source) => [
    ...required(path.child('volumeID'), source.volumeID),
    ...partition(path, source.partition),
  ],
  rbd: (path, source) => [
    ...(source.monitors?.length ? [] : [fieldError.required(path.child('monitors'))]),
    ...required(path.child('image'), source.image),
  ],
  cephfs: (path, source) => (source.monitors?.length ? [] : [fieldError.required(path.child('monitors'))]),
  cinder: (path, source, holder) => [
    ...required(path.child('volumeID'), source.volumeID),
    ...secretRef(path.child('secretRef'), source.secretRef, holder),
  ],
  vsphereVolume: allRequired('volumePath'),
  photonPersistentDisk: allRequired('pdID'),
  portworxVolume: allRequired('volumeID'),
  scaleIO: allRequired('gateway', 'system', 'volumeName'),
  gitRepo: (path, { repository, directory }) => [
    ...required(path.child('repository'), repository),
    ...(directory ? descendingPath(path.child('directory'), directory) : []),
  ],
} satisfies Rules;

/** Where upstream's field paths are not the fields' names. */
const oddPaths: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };
const oddForbiddenPaths: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

/**
 * Checks the one source that is set. Of several, the first in the order of `rules` counts and the others are
 * forbidden.
 */
export function validateOneSource(
  path: FieldPath,
  sources: object,
  rules: Readonly<Record<string, SourceRule<never>>>,
  holder: SourceHolder,
): FieldError[] {
  const values = sources as Readonly<Record<string, unknown>>;
  const [first, ...more] = Object.keys(rules).filter(name => values[name] !== undefined);
  if (!first) return [fieldError.required(path, 'must specify a volume type')];
  return [
    ...rules[first]!(path.child(oddPaths[first] ?? first), values[first] as never, holder),
    ...more.flatMap(name => {
      // A PersistentVolume's is judged wherever it stands.
      const isJudged = name === 'flexVolume' && holder.persistent;
      if (isJudged) return rules[name]!(path.child(name), values[name] as never, holder);
      const at = path.child(oddForbiddenPaths[name] ?? name);
      return fieldError.forbidden(at, 'may not specify more than 1 volume type');
    }),
  ];
}
