import type { Log } from '#base/log.ts';
import type { AdmissionRequest } from './request.ts';
import { namespaceOf } from './subject.ts';

/** Tells what webhooks and policies note about a request. */
export type Annotate = (request: AdmissionRequest, key: string, value: string) => void;

/** Audit annotations as lines of the log: who did what, and what was noted about it. */
export function auditAnnotations(log: Log): Annotate {
  return (request, key, value) =>
    log.info('audit annotation', {
      user: request.user.name,
      operation: request.operation,
      group: request.served.what.group,
      resource: request.served.what.resource,
      subresource: request.subresource,
      namespace: namespaceOf(request),
      name: request.name,
      key,
      value,
    });
}
