import type { UserInfo } from '../../identity.ts';

const prefix = 'system:node:';
const group = 'system:nodes';

/** The node that a user is: undefined for a user that is none, '' for a node whose name cannot be told. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(prefix) || !user.groups.includes(group)) return undefined;
  return user.name.slice(prefix.length);
}
