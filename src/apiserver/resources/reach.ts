import type { ResourceDefinition } from '#api/definition.ts';

const identity = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Which members of an object an update of this subresource can change, where spec and status are written apart; the
 * others stay as they are stored, whatever the client sends.
 */
export function reachOf(
  { statusSubresource }: ResourceDefinition,
  subresource: string,
): (member: string) => boolean {
  if (subresource === 'status') return member => member === 'status' || identity.has(member);
  if (subresource === '' && statusSubresource) return member => member !== 'status';
  return () => true;
}
