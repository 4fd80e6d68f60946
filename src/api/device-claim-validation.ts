import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import {
  validateConfiguration,
  validateDeviceToleration,
  validateFullName,
  validateItems,
  validateSelectors,
  validateSet,
} from './device-validation.ts';
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from './generated/types/resource.v1.ts';
import { validateAdminAccess } from './admin-access.ts';
import type { StrategyContext } from './definition.ts';
import { invalidEach, requiredName } from './validation.ts';

const requestsMax = 32;
const subRequestsMax = 8;
const constraintsMax = 32;
const configsMax = 32;
const oneOf = 'exactly one of `exactly` or `firstAvailable` is required';
/** As upstream has it, though none is set. */
const noAttribute =
  'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
const reference =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** The names by which other parts of a claim speak of its requests: 'request' and 'request/subrequest'. */
export function requestNamesOf(claim: DeviceClaim | undefined): ReadonlySet<string> {
  return new Set(
    (claim?.requests ?? []).flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map(sub => `${name}/${sub.name}`),
    ]),
  );
}

/** A name of a request, or of one of its alternatives. */
export function validateRequestReference(
  path: FieldPath,
  name: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const segments = name.split('/');
  if (segments.length > 2) return [fieldError.invalid(path, name, reference)];
  const errors = segments.flatMap(segment => invalidEach(path, segment, checkDns1123Label(segment)));
  return names.has(name) ? errors : [...errors, fieldError.invalid(path, name, reference)];
}

/** A list of such names. */
export function validateRequestReferences(
  path: FieldPath,
  requests: readonly string[] | undefined,
  names: ReadonlySet<string>,
): FieldError[] {
  return validateSet(
    path,
    requests,
    requestsMax,
    name => name,
    (at, name) => validateRequestReference(at, name, names),
  );
}

function validateMode(
  path: FieldPath,
  { allocationMode: mode = '', count = 0 }: ExactDeviceRequest,
): FieldError[] {
  const at = path.child('count');
  if (mode === 'All') {
    const detail = "must not be specified when allocationMode is 'All'";
    return count === 0 ? [] : [fieldError.invalid(at, count, detail)];
  }
  if (mode === 'ExactCount') {
    return count > 0 ? [] : [fieldError.invalid(at, count, 'must be greater than zero')];
  }
  return [fieldError.notSupported(path.child('allocationMode'), mode, ['All', 'ExactCount'])];
}

function validateAsked(path: FieldPath, asked: ExactDeviceRequest | DeviceSubRequest): FieldError[] {
  return [
    ...requiredName(path.child('deviceClassName'), asked.deviceClassName, checkDns1123Subdomain),
    ...validateSelectors(path.child('selectors'), asked.selectors),
    ...validateMode(path, asked),
    ...(asked.tolerations ?? []).flatMap((toleration, i) =>
      validateDeviceToleration(path.child('tolerations').index(i), toleration),
    ),
  ];
}

function validateRequest(path: FieldPath, request: DeviceRequest): FieldError[] {
  const { name, exactly, firstAvailable = [] } = request;
  const errors = invalidEach(path.child('name'), name, checkDns1123Label(name));
  if (exactly && firstAvailable.length > 0) {
    return [...errors, fieldError.invalid(path, null, `${oneOf}, but multiple fields are set`)];
  }
  if (exactly) return [...errors, ...validateAsked(path.child('exactly'), exactly)];
  if (firstAvailable.length === 0) return [...errors, fieldError.required(path, oneOf)];
  const at = path.child('firstAvailable');
  return [
    ...errors,
    ...validateSet(
      at,
      firstAvailable,
      subRequestsMax,
      sub => sub.name,
      (here, sub) => [
        ...invalidEach(here.child('name'), sub.name, checkDns1123Label(sub.name)),
        ...validateAsked(here, sub),
      ],
    ),
  ];
}

function validateConstraint(
  path: FieldPath,
  constraint: DeviceConstraint,
  names: ReadonlySet<string>,
): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  const errors = validateRequestReferences(path.child('requests'), requests, names);
  if (matchAttribute !== undefined) {
    return [...errors, ...validateFullName(path.child('matchAttribute'), matchAttribute)];
  }
  if (distinctAttribute !== undefined) {
    return [...errors, ...validateFullName(path.child('distinctAttribute'), distinctAttribute)];
  }
  return [...errors, fieldError.required(path, noAttribute)];
}

/** The devices that a claim asks for. */
function validateDeviceClaim(path: FieldPath, claim: DeviceClaim | undefined): FieldError[] {
  const names = requestNamesOf(claim);
  return [
    ...validateSet(
      path.child('requests'),
      claim?.requests,
      requestsMax,
      request => request.name,
      validateRequest,
    ),
    ...validateItems(path.child('constraints'), claim?.constraints, constraintsMax, (at, constraint) =>
      validateConstraint(at, constraint, names),
    ),
    ...validateItems(path.child('config'), claim?.config, configsMax, (at, config) => [
      ...validateRequestReferences(at.child('requests'), config.requests, names),
      ...validateConfiguration(at, config),
    ]),
  ];
}

/** The same of a new claim, or of a template of claims: its namespace may not allow all that it asks for. */
export function validateNewDeviceClaim(
  path: FieldPath,
  claim: DeviceClaim | undefined,
  context: StrategyContext,
): FieldError[] {
  const at = FieldPath.of('spec', 'devices', 'requests');
  const asked = (claim?.requests ?? []).map(({ exactly }, i) => [exactly, at.index(i)] as const);
  return [...validateAdminAccess(asked, context), ...validateDeviceClaim(path, claim)];
}
