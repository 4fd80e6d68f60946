import type { UserInfo } from '../../identity.ts';

export const allAuthenticated = 'system:authenticated';
export const allUnauthenticated = 'system:unauthenticated';
export const anonymousName = 'system:anonymous';

/** Where a user's extra tells which credential it came with. */
export const credentialIdKey = 'authentication.kubernetes.io/credential-id';

/** Where a user's extra tells on which node its pod runs. */
export const nodeNameKey = 'authentication.kubernetes.io/node-name';

/** Everybody who has proven who they are is in one group more. */
export function authenticated(user: UserInfo): UserInfo {
  if (user.groups.includes(allAuthenticated)) return user;
  return { ...user, groups: [...user.groups, allAuthenticated] };
}

const serviceAccountPrefix = 'system:serviceaccount:';

export function serviceAccountUsername(namespace: string, name: string): string {
  return `${serviceAccountPrefix}${namespace}:${name}`;
}

export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** Undefined for a name that is no service account's. */
export function parseServiceAccountUsername(
  username: string,
): { namespace: string; name: string } | undefined {
  if (!username.startsWith(serviceAccountPrefix)) return undefined;
  const parts = username.slice(serviceAccountPrefix.length).split(':');
  const [namespace, name] = parts;
  return parts.length === 2 && namespace && name ? { namespace, name } : undefined;
}
