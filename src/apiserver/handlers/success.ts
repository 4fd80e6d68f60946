import type { Status } from '#machinery/status.ts';

/** The Status of an action that leaves no object to show. */
export function successStatus(code = 200): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code };
}
