import { statusError } from '#machinery/status.ts';
import type { Attributes, Authorizer, UserInfo } from '../../identity.ts';
import { refusal } from '../refusal.ts';
import { type Headers, headerExtra, headerValue, headerValues } from './headers.ts';
import {
  allAuthenticated,
  allUnauthenticated,
  anonymousName,
  parseServiceAccountUsername,
  serviceAccountGroups,
} from './user.ts';

const headerPrefix = 'impersonate-';
const extraPrefix = `${headerPrefix}extra-`;

/** The user whom the request's headers ask to act as, once `user` may; without such headers, `user` itself. */
export function impersonate(
  user: UserInfo,
  headers: Headers,
  authorizer: Authorizer,
): UserInfo | Promise<UserInfo> {
  return asksToAct(headers) ? actAs(user, headers, authorizer) : user;
}

/** Headers are shared by the requests of a connection that send the same. */
const asking = new WeakMap<Headers, boolean>();

function asksToAct(headers: Headers): boolean {
  let asks = asking.get(headers);
  if (asks === undefined) {
    asks = Object.keys(headers).some(name => name.startsWith(headerPrefix));
    asking.set(headers, asks);
  }
  return asks;
}

async function actAs(user: UserInfo, headers: Headers, authorizer: Authorizer): Promise<UserInfo> {
  const name = headerValue(headers, 'impersonate-user');
  const uid = headerValue(headers, 'impersonate-uid');
  const groups = headerValues(headers, 'impersonate-group');
  const extra = headerExtra(headers, extraPrefix);
  if (name === '') {
    if (uid === '' && groups.length === 0 && Object.keys(extra).length === 0) return user;
    throw statusError.badRequest('requested groups, uid or extra without impersonating a user');
  }
  for (const asked of questions(user, { name, uid, groups, extra })) {
    const { decision, reason } = await authorizer.authorize(asked);
    if (decision !== 'allow') throw refusal(asked, reason);
  }
  return {
    name,
    groups: impliedGroups(name, groups),
    ...(uid ? { uid } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

type Wanted = Required<UserInfo>;

/** What the user must be allowed, one by one. */
function* questions(user: UserInfo, wanted: Wanted): Generator<Attributes> {
  const base = {
    user,
    verb: 'impersonate',
    isResource: true,
    group: '',
    version: 'v1',
    subresource: '',
    namespace: '',
    path: '',
  };
  const account = parseServiceAccountUsername(wanted.name);
  if (account) yield { ...base, resource: 'serviceaccounts', ...account };
  else yield { ...base, resource: 'users', name: wanted.name };
  for (const name of wanted.groups) yield { ...base, resource: 'groups', name };
  const identity = { ...base, group: 'authentication.k8s.io' };
  for (const [key, values] of Object.entries(wanted.extra)) {
    for (const name of values) yield { ...identity, resource: 'userextras', subresource: key, name };
  }
  if (wanted.uid) yield { ...identity, resource: 'uids', name: wanted.uid };
}

function impliedGroups(name: string, groups: readonly string[]): string[] {
  const account = parseServiceAccountUsername(name);
  const own = groups.length === 0 && account ? serviceAccountGroups(account.namespace) : [...groups];
  const implied = name === anonymousName ? allUnauthenticated : allAuthenticated;
  const isPlaced = own.includes(allAuthenticated) || own.includes(allUnauthenticated);
  return isPlaced ? own : [...own, implied];
}
