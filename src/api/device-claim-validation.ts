import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import type { DeviceClaim, DeviceRequest } from './generated/types/resource.v1.ts';
import { optionalOneOf, requiredName } from './validation.ts';

const requestsMax = 32;

function validateRequest(path: FieldPath, request: DeviceRequest): FieldError[] {
  const { name, exactly, firstAvailable } = request;
  const errors = requiredName(path.child('name'), name, checkDns1123Label);
  if (exactly && firstAvailable?.length) {
    const detail = 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set';
    return [...errors, fieldError.invalid(path, null, detail)];
  }
  if (!exactly && !firstAvailable?.length) {
    return [...errors, fieldError.required(path, 'exactly one of `exactly` or `firstAvailable` is required')];
  }
  const parts = exactly
    ? [{ at: path.child('exactly'), part: exactly }]
    : firstAvailable!.map((part, i) => ({ at: path.child('firstAvailable').index(i), part }));
  return [
    ...errors,
    ...parts.flatMap(({ at, part }) => [
      ...requiredName(at.child('deviceClassName'), part.deviceClassName, checkDns1123Subdomain),
      ...optionalOneOf(at.child('allocationMode'), part.allocationMode, ['All', 'ExactCount']),
      ...(part.allocationMode === 'ExactCount' && (part.count ?? 0) <= 0
        ? [fieldError.invalid(at.child('count'), part.count ?? 0, 'must be greater than zero')]
        : []),
    ]),
  ];
}

/** The devices that a claim asks for. */
export function validateDeviceClaim(path: FieldPath, claim: DeviceClaim | undefined): FieldError[] {
  const requests = claim?.requests ?? [];
  const at = path.child('requests');
  if (requests.length > requestsMax) return [fieldError.tooMany(at, requests.length, requestsMax)];
  const names = new Set<string>();
  return requests.flatMap((request, i) => {
    const errors = validateRequest(at.index(i), request);
    if (request.name && names.has(request.name))
      errors.push(fieldError.duplicate(at.index(i).child('name'), request.name));
    names.add(request.name);
    return errors;
  });
}
