import { type Status, StatusError, statusError } from '#machinery/status.ts';
import type { AdmissionRequest } from './request.ts';

/** Refuses a request: it is told by its name, or by what its name will be generated from. */
export function forbidden({ served, name, object }: AdmissionRequest, why: string): StatusError {
  const { name: own, generateName } = object?.metadata ?? {};
  return statusError.forbidden(served.what, name || own || generateName || 'Unknown', why);
}

/**
 * The refusal of a request in somebody else's words, with its code where that is one of a failure. `who` is as messages
 * name it: `admission webhook "x"`.
 */
export function denial(who: string, status: Partial<Status> = {}): StatusError {
  const denied = `${who} denied the request`;
  const { metadata = {}, message, reason, details, code = 0 } = status;
  const why = message || reason;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message: why ? `${denied}: ${why}` : `${denied} without explanation`,
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code: Math.max(code, 400),
  } as Status);
}
