import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkHttpHeaderName } from '#machinery/names.ts';
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../../generated/types/core.v1.ts';
import { invalidEach, nonNegative, portNumberOrName } from '../../validation.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

const handlerNames = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

function validateHttpGet(path: FieldPath, action: HTTPGetAction): FieldError[] {
  const errors: FieldError[] = [];
  if (!action.path) errors.push(fieldError.required(path.child('path')));
  append(errors, portNumberOrName(path.child('port'), action.port));
  if (action.scheme !== 'HTTP' && action.scheme !== 'HTTPS') {
    errors.push(fieldError.notSupported(path.child('scheme'), action.scheme ?? '', ['HTTP', 'HTTPS']));
  }
  for (const { name } of action.httpHeaders ?? []) {
    append(errors, invalidEach(path.child('httpHeaders'), name, checkHttpHeaderName(name)));
  }
  return errors;
}

function validateSleep(path: FieldPath, seconds: number, gracePeriod: number | undefined): FieldError[] {
  if (gracePeriod === undefined || (seconds >= 0 && seconds <= gracePeriod)) return [];
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
  return [fieldError.invalid(path, seconds, detail)];
}

function validateAction(
  path: FieldPath,
  handler: Handler,
  name: string,
  gracePeriod: number | undefined,
): FieldError[] {
  const at = path.child(name);
  if (name === 'exec') return handler.exec!.command?.length ? [] : [fieldError.required(at.child('command'))];
  if (name === 'httpGet') return validateHttpGet(at, handler.httpGet!);
  if (name === 'tcpSocket') return portNumberOrName(at.child('port'), handler.tcpSocket!.port);
  if (name === 'grpc') return portNumberOrName(at.child('port'), handler.grpc!.port);
  return validateSleep(at, handler.sleep!.seconds, gracePeriod);
}

function validateHandler(path: FieldPath, handler: Handler, gracePeriod: number | undefined): FieldError[] {
  const [first, ...more] = handlerNames.filter(name => handler[name] !== undefined);
  if (!first) return [fieldError.required(path, 'must specify a handler type')];
  return [
    ...validateAction(path, handler, first, gracePeriod),
    ...more.map(name => fieldError.forbidden(path.child(name), 'may not specify more than 1 handler type')),
  ];
}

const countedFields = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** A probe; liveness and startup want one success, and readiness no grace period of its own. */
export function validateProbe(
  path: FieldPath,
  probe: Probe | undefined,
  kind: 'liveness' | 'readiness' | 'startup',
  gracePeriod: number | undefined,
): FieldError[] {
  if (!probe) return [];
  const errors = validateHandler(path, probe, gracePeriod);
  for (const name of countedFields) append(errors, nonNegative(path.child(name), probe[name]));
  const grace = probe.terminationGracePeriodSeconds;
  const gracePath = path.child('terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0) {
    errors.push(fieldError.invalid(gracePath, grace, 'must be greater than 0'));
  }
  if (kind === 'readiness') {
    if (grace !== undefined) {
      errors.push(fieldError.invalid(gracePath, grace, 'must not be set for readinessProbes'));
    }
  } else if (probe.successThreshold !== 1) {
    errors.push(fieldError.invalid(path.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
  }
  return errors;
}

/** Hooks after a container's start and before its stop. */
export function validateLifecycle(
  path: FieldPath,
  lifecycle: Lifecycle | undefined,
  gracePeriod: number | undefined,
): FieldError[] {
  const { postStart, preStop } = lifecycle ?? {};
  return [
    ...(postStart ? validateHandler(path.child('postStart'), postStart, gracePeriod) : []),
    ...(preStop ? validateHandler(path.child('preStop'), preStop, gracePeriod) : []),
  ];
}
