import { type Status, StatusError } from '#machinery/status.ts';

/**
 * The refusal of a request in somebody else's words, with its code where that is one of a failure. `who` is as messages
 * name it: `admission webhook "x"`.
 */
export function denial(who: string, status: Partial<Status> = {}): StatusError {
  const denied = `${who} denied the request`;
  const why = status.message || status.reason;
  return new StatusError({
    ...status,
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: Math.max(status.code ?? 0, 400),
    message: why ? `${denied}: ${why}` : `${denied} without explanation`,
  } as Status);
}
