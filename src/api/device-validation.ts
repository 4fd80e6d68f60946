/** The rules that claims of devices, their classes and what drivers publish share (resource.k8s.io). */
import { append } from '#base/append.ts';
import { compileDeviceSelector, deviceSelectorCostMax } from '#cel/devices.ts';
import { utf8Length } from '#machinery/bytes.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelName } from '#machinery/metadata.ts';
import { checkCIdentifier, checkDns1123Subdomain, checkLabelValue } from '#machinery/names.ts';
import type {
  DeviceConfiguration,
  DeviceSelector,
  DeviceTaint,
  DeviceToleration,
} from './generated/types/resource.v1.ts';
import { validateDriverName } from './storage-sources.ts';
import { invalidEach } from './validation.ts';

const poolNameMax = 253;
const identifierMax = 32;
const expressionMax = 10 * 1024;
const parametersMax = 10 * 1024;
const selectorsMax = 32;
const bindingConditionsMax = 4;
const taintEffects = ['NoExecute', 'NoSchedule', 'None'];
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The rules of each item, unless there are too many of them. */
export function validateItems<T>(
  path: FieldPath,
  items: readonly T[] | undefined,
  max: number,
  validate: (path: FieldPath, item: T, index: number) => FieldError[],
): FieldError[] {
  const list = items ?? [];
  if (list.length > max) return [fieldError.tooMany(path, list.length, max)];
  return list.flatMap((item, i) => validate(path.index(i), item, i));
}

/** The same, and no two items of one key. */
export function validateSet<T>(
  path: FieldPath,
  items: readonly T[] | undefined,
  max: number,
  keyOf: (item: T) => string,
  validate: (path: FieldPath, item: T, index: number) => FieldError[],
): FieldError[] {
  const errors = validateItems(path, items, max, validate);
  const seen = new Set<string>();
  if ((items?.length ?? 0) > max) return errors;
  items?.forEach((item, i) => {
    const key = keyOf(item);
    if (seen.has(key)) errors.push(fieldError.duplicate(path.index(i), key));
    seen.add(key);
  });
  return errors;
}

/** One or more subdomains between slashes. */
export function validatePoolName(path: FieldPath, name: string | undefined): FieldError[] {
  if (!name) return [fieldError.required(path)];
  const errors = name.length > poolNameMax ? [fieldError.tooLong(path, poolNameMax)] : [];
  return [
    ...errors,
    ...name.split('/').flatMap(part => invalidEach(path, part, checkDns1123Subdomain(part))),
  ];
}

function validateIdentifier(path: FieldPath, id: string): FieldError[] {
  const errors = id.length > identifierMax ? [fieldError.tooLong(path, identifierMax)] : [];
  return [...errors, ...invalidEach(path, id, checkCIdentifier(id))];
}

/** An identifier, with or without the domain of a driver before it. */
export function validateDeviceQualifiedName(path: FieldPath, name: string): FieldError[] {
  const parts = name.split('/');
  // Upstream has nothing against more.
  if (parts.length > 2) return [];
  if (parts.length === 1) return validateIdentifier(path, name);
  const [domain = '', id = ''] = parts;
  return [
    ...(domain
      ? validateDriverName(path, domain)
      : [fieldError.invalid(path, '', 'the domain must not be empty')]),
    ...(id ? validateIdentifier(path, id) : [fieldError.invalid(path, '', 'the name must not be empty')]),
  ];
}

/** The same, and there is a domain. */
export function validateFullName(path: FieldPath, name: string): FieldError[] {
  const errors = validateDeviceQualifiedName(path, name);
  if (name.includes('/')) return errors;
  const detail = 'a fully qualified name must be a domain and a name separated by a slash';
  return [...errors, fieldError.invalid(path, name, detail)];
}

/** The id of a share of a device. */
export function validateUid(path: FieldPath, uid: string): FieldError[] {
  if (uid.length !== 36) {
    return [fieldError.invalid(path, uid, `error validating uid: invalid UUID length: ${uid.length}`)];
  }
  if (!uuid.test(uid)) return [fieldError.invalid(path, uid, 'error validating uid: invalid UUID format')];
  if (uid === uid.toLowerCase()) return [];
  const detail =
    'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
  return [fieldError.invalid(path, uid, detail)];
}

/** What devices a request takes, by expressions of CEL. */
export function validateSelectors(
  path: FieldPath,
  selectors: readonly DeviceSelector[] | undefined,
): FieldError[] {
  return validateItems(path, selectors, selectorsMax, (at, { cel }) => {
    if (!cel) return [fieldError.required(at.child('cel'))];
    return validateSelector(at.child('cel', 'expression'), cel.expression);
  });
}

function validateSelector(path: FieldPath, expression: string): FieldError[] {
  if (utf8Length(expression) > expressionMax) return [fieldError.tooLong(path, expressionMax)];
  const { program, error } = compileDeviceSelector(expression);
  if (error !== undefined) return [fieldError.invalid(path, expression, error)];
  if (program.estimate.max <= deviceSelectorCostMax) return [];
  return [fieldError.forbidden(path, 'too complex, exceeds cost limit')];
}

/** An object of a driver's own. */
export function validateRawObject(path: FieldPath, value: unknown, stored = false): FieldError[] {
  if (value === undefined || value === null) return [fieldError.required(path)];
  if (!stored && utf8Length(JSON.stringify(value)) > parametersMax) {
    return [fieldError.tooLong(path, parametersMax)];
  }
  if (typeof value === 'object' && !Array.isArray(value)) return [];
  return [fieldError.invalid(path, '<value omitted>', 'must be a valid JSON object')];
}

/** Parameters for a driver, in a claim or in a class. */
export function validateConfiguration(path: FieldPath, { opaque }: DeviceConfiguration): FieldError[] {
  const at = path.child('opaque');
  if (!opaque) return [fieldError.required(at)];
  return [
    ...validateDriverName(at.child('driver'), opaque.driver),
    ...validateRawObject(at.child('parameters'), opaque.parameters),
  ];
}

/** What keeps a device from whoever does not tolerate it. */
export function validateDeviceTaint(path: FieldPath, { key, value, effect }: DeviceTaint): FieldError[] {
  const at = path.child('effect');
  const errors = validateLabelName(key ?? '', path.child('key'));
  if (value) append(errors, invalidEach(path.child('value'), value, checkLabelValue(value)));
  if (!effect) errors.push(fieldError.required(at));
  else if (!taintEffects.includes(effect)) errors.push(fieldError.notSupported(at, effect, taintEffects));
  return errors;
}

/** Its counterpart. */
export function validateDeviceToleration(path: FieldPath, toleration: DeviceToleration): FieldError[] {
  const { key, operator, value = '', effect } = toleration;
  const at = path.child('value');
  const errors = key ? validateLabelName(key, path.child('key')) : [];
  if (operator === 'Exists') {
    if (value) errors.push(fieldError.invalid(at, value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') append(errors, invalidEach(at, value, checkLabelValue(value)));
  else if (!operator) errors.push(fieldError.required(path.child('operator')));
  else errors.push(fieldError.notSupported(path.child('operator'), operator, ['Equal', 'Exists']));
  if (effect && !taintEffects.includes(effect)) {
    errors.push(fieldError.notSupported(path.child('effect'), effect, taintEffects));
  }
  return errors;
}

/** The conditions that a device must and must not have before a pod is bound to it. */
export function validateBindingConditions(
  path: FieldPath,
  conditions: readonly string[] = [],
  failures: readonly string[] = [],
): FieldError[] {
  const [at, failuresAt] = [path.child('bindingConditions'), path.child('bindingFailureConditions')];
  const name = (where: FieldPath, condition: string) => validateLabelName(condition, where);
  const errors = [
    ...validateItems(at, conditions, bindingConditionsMax, name),
    ...validateItems(failuresAt, failures, bindingConditionsMax, name),
  ];
  conditions.forEach((condition, i) => {
    if (conditions.indexOf(condition) < i) errors.push(fieldError.duplicate(at.index(i), condition));
  });
  failures.forEach((condition, i) => {
    if (failures.indexOf(condition) < i) errors.push(fieldError.duplicate(failuresAt.index(i), condition));
    if (!conditions.includes(condition)) return;
    const detail = 'bindingFailureConditions must not overlap with bindingConditions';
    errors.push(fieldError.invalid(failuresAt.index(i), condition, detail));
  });
  if (conditions.length === 0 && failures.length > 0) {
    const detail = 'bindingConditions are required to use bindingFailureConditions';
    errors.push(fieldError.invalid(at, null, detail));
  }
  if (failures.length === 0 && conditions.length > 0) {
    const detail = 'bindingFailureConditions are required to use bindingConditions';
    errors.push(fieldError.invalid(failuresAt, null, detail));
  }
  return errors;
}
