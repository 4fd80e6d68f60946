import { type StatusError, statusError } from '#machinery/status.ts';
import type { Attributes } from '../identity.ts';

/** Names come from clients, and a refusal may be shown by a browser. */
const markup: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
export const unsniffed = { 'X-Content-Type-Options': 'nosniff' };

/** The refusal of a request in upstream's words: who cannot do what, and where. */
export function refusal(asked: Attributes, reason: string): StatusError {
  const what = whatOf(asked).replace(/[&<>]/g, character => markup[character]!);
  const { isResource, group, resource, name } = asked;
  const about = isResource ? { group, resource } : { group: '', resource: '' };
  const error = statusError.forbidden(about, isResource ? name : '', reason ? `${what}: ${reason}` : what);
  error.headers = unsniffed;
  return error;
}

function whatOf(asked: Attributes): string {
  const user = JSON.stringify(asked.user.name);
  if (!asked.isResource) return `User ${user} cannot ${asked.verb} path ${JSON.stringify(asked.path)}`;
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource;
  const where = asked.namespace
    ? `in the namespace ${JSON.stringify(asked.namespace)}`
    : 'at the cluster scope';
  return `User ${user} cannot ${asked.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(asked.group)} ${where}`;
}
