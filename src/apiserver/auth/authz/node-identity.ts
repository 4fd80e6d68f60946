import type { UserInfo } from '../../identity.ts';

export const nodeUserPrefix = 'system:node:';
export const nodesGroup = 'system:nodes';

/** The node that a user is: undefined for a user that is none, '' for a node whose name cannot be told. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(nodeUserPrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.name.slice(nodeUserPrefix.length);
}
