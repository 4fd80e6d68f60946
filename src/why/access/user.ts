/** Who asks, as requests name them. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

const serviceAccountPrefix = 'system:serviceaccount:';
const nodePrefix = 'system:node:';

/**
 * A user by name, with the groups that authentication adds by itself. 'NAMESPACE:NAME' is short for a service account's
 * name. Groups that come with a certificate or a token are not known here, and must be told.
 */
export function userOf(text: string, groups: readonly string[] = []): User {
  const short = /^([a-z0-9][-a-z0-9]*):([a-z0-9][-.a-z0-9]*)$/.exec(text);
  const name = short && short[1] !== 'system' ? `${serviceAccountPrefix}${short[1]}:${short[2]}` : text;
  return { name, groups: [...new Set([...ownGroups(name), ...groups])] };
}

function ownGroups(name: string): string[] {
  if (name === 'system:anonymous') return ['system:unauthenticated'];
  const account = serviceAccountOf(name);
  if (account) {
    return ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, 'system:authenticated'];
  }
  return [...(name.startsWith(nodePrefix) ? ['system:nodes'] : []), 'system:authenticated'];
}

export function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  if (!name.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace = '', account = ''] = name.slice(serviceAccountPrefix.length).split(':');
  return { namespace, name: account };
}
