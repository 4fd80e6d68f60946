import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkName } from '#machinery/metadata.ts';
import {
  checkConfigMapKey,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkQualifiedName,
  checkRelaxedEnvVarName,
} from '#machinery/names.ts';
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../../generated/types/core.v1.ts';
import { invalidEach, requiredName, withoutBacksteps } from '../../validation.ts';

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const subscriptable = ['metadata.annotations', 'metadata.labels'];
const convertibleFields = new Set([
  ...envFields,
  ...subscriptable,
  ...['spec.restartPolicy', 'spec.schedulerName', 'status.phase'],
]);
const resourceFields = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
/** What clients of an early v1 still send. */
const oldNodeField = 'spec.host';
const isHugePagesField = (resource: string) => /^(requests|limits)\.hugepages-/.test(resource);
const memoryDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** A field of the pod, by its path: one of `fields`, or an annotation or label by key. */
export function validateFieldRef(
  path: FieldPath,
  ref: ObjectFieldSelector,
  fields: readonly string[] = envFields,
): FieldError[] {
  if (!ref.apiVersion) return [fieldError.required(path.child('apiVersion'))];
  if (!ref.fieldPath) return [fieldError.required(path.child('fieldPath'))];
  const at = path.child('fieldPath');
  const subscripted = /^(?=.*'\]$)(.+?)\['(.*)'\]$/s.exec(ref.fieldPath);
  const problem = conversionProblem(ref, subscripted?.[1]);
  if (problem) return [fieldError.invalid(at, ref.fieldPath, `error converting fieldPath: ${problem}`)];
  if (subscripted) {
    const [, name, key = ''] = subscripted;
    return invalidEach(path, key, checkQualifiedName(name === 'metadata.labels' ? key : key.toLowerCase()));
  }
  const name = ref.fieldPath === oldNodeField ? 'spec.nodeName' : ref.fieldPath;
  return fields.includes(name) ? [] : [fieldError.notSupported(at, name, fields)];
}

/** Why a field's path means none of a pod of that version. */
function conversionProblem(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  subscripted: string | undefined,
): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  if (subscripted !== undefined) {
    const isFine = subscriptable.includes(subscripted);
    return isFine ? undefined : `field label does not support subscript: ${fieldPath}`;
  }
  const isKnown = convertibleFields.has(fieldPath) || fieldPath === oldNodeField;
  return isKnown ? undefined : `field label not supported: ${fieldPath}`;
}

function validateDivisor(path: FieldPath, resource: string, divisor: string): FieldError[] {
  if (divisor === '0') return [];
  const name = resource.slice(resource.indexOf('.') + 1);
  if (name === 'cpu') {
    return ['1m', '1'].includes(divisor)
      ? []
      : [
          fieldError.invalid(
            path,
            resource,
            "only divisor's values 1m and 1 are supported with the cpu resource",
          ),
        ];
  }
  if (!resourceFields.includes(resource) && !isHugePagesField(resource)) return [];
  const called = { memory: 'memory', 'ephemeral-storage': 'local ephemeral storage' }[name] ?? 'hugepages';
  if (memoryDivisors.includes(divisor)) return [];
  const detail = `only divisor's values ${memoryDivisors.join(', ')} are supported with the ${called} resource`;
  return [fieldError.invalid(path, resource, detail)];
}

/** A container's request or limit. In a volume the container must be named. */
export function validateResourceFieldRef(
  path: FieldPath,
  ref: ResourceFieldSelector,
  inVolume: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (inVolume && !ref.containerName) errors.push(fieldError.required(path.child('containerName')));
  else if (!ref.resource) errors.push(fieldError.required(path.child('resource')));
  else if (!resourceFields.includes(ref.resource) && !isHugePagesField(ref.resource)) {
    errors.push(fieldError.notSupported(path.child('resource'), ref.resource, resourceFields));
  }
  return [...errors, ...validateDivisor(path.child('divisor'), ref.resource ?? '', ref.divisor ?? '0')];
}

function validateKeyRef(path: FieldPath, ref: { name?: string; key: string }): FieldError[] {
  const name = ref.name ?? '';
  return [
    ...invalidEach(path.child('name'), name, checkDns1123Subdomain(name)),
    ...requiredName(path.child('key'), ref.key, checkConfigMapKey),
  ];
}

/** A variable in a file that an init container wrote (KEP-3721). */
function validateFileRef(path: FieldPath, { key, volumeName, path: target }: FileKeySelector): FieldError[] {
  return [
    ...requiredName(path.child('key'), key, checkRelaxedEnvVarName),
    ...requiredName(path.child('volumeName'), volumeName, checkDns1123Label),
    ...(target ? withoutBacksteps(path.child('path'), target) : [fieldError.required(path.child('path'))]),
  ];
}

function validateSource(path: FieldPath, source: EnvVarSource, value: string | undefined): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const errors: FieldError[] = [
    ...(fieldRef ? validateFieldRef(path.child('fieldRef'), fieldRef) : []),
    ...(resourceFieldRef
      ? validateResourceFieldRef(path.child('resourceFieldRef'), resourceFieldRef, false)
      : []),
    ...(configMapKeyRef ? validateKeyRef(path.child('configMapKeyRef'), configMapKeyRef) : []),
    ...(secretKeyRef ? validateKeyRef(path.child('secretKeyRef'), secretKeyRef) : []),
    ...(fileKeyRef ? validateFileRef(path.child('fileKeyRef'), fileKeyRef) : []),
  ];
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(
    Boolean,
  ).length;
  if (count === 0) {
    const names = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(fieldError.invalid(path, '', `must specify one of: ${names}`));
  } else if (value)
    errors.push(fieldError.invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) {
    errors.push(fieldError.invalid(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

/** Environment variables. */
export function validateEnv(path: FieldPath, env: readonly EnvVar[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  env?.forEach(({ name, value, valueFrom }, i) => {
    const at = path.index(i);
    append(errors, requiredName(at.child('name'), name, checkRelaxedEnvVarName));
    if (valueFrom) append(errors, validateSource(at.child('valueFrom'), valueFrom, value));
  });
  return errors;
}

/** Upstream takes the names of these for beginnings, which may end with a dash. */
const checkNamePrefix = (name: string) => checkName('dns1123Subdomain', name, true);

/** Sources of whole sets of environment variables. */
export function validateEnvFrom(
  path: FieldPath,
  sources: readonly EnvFromSource[] | undefined,
): FieldError[] {
  return (sources ?? []).flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = path.index(i);
    const errors: FieldError[] = [
      ...(prefix ? invalidEach(at.child('prefix'), prefix, checkRelaxedEnvVarName(prefix)) : []),
      ...(configMapRef
        ? requiredName(at.child('configMapRef', 'name'), configMapRef.name, checkNamePrefix)
        : []),
      ...(secretRef ? requiredName(at.child('secretRef', 'name'), secretRef.name, checkNamePrefix) : []),
    ];
    if (!configMapRef && !secretRef) {
      errors.push(fieldError.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      errors.push(fieldError.invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}
