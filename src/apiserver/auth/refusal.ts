import { type StatusError, statusError } from '#machinery/status.ts';
import type { Attributes } from '../identity.ts';

/** The refusal of a request in upstream's words: who cannot do what, and where. */
export function refusal(asked: Attributes, reason: string): StatusError {
  const user = JSON.stringify(asked.user.name);
  const suffix = reason ? `: ${reason}` : '';
  if (!asked.isResource) {
    const what = `User ${user} cannot ${asked.verb} path ${JSON.stringify(asked.path)}${suffix}`;
    return statusError.forbidden({ group: '', resource: '' }, '', what);
  }
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource;
  const where = asked.namespace
    ? `in the namespace ${JSON.stringify(asked.namespace)}`
    : 'at the cluster scope';
  return statusError.forbidden(
    { group: asked.group, resource: asked.resource },
    asked.name,
    `User ${user} cannot ${asked.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(asked.group)} ${where}${suffix}`,
  );
}
