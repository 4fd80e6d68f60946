import type { RecentCache } from '#base/recent-cache.ts';
import { FieldPath, fieldError, fieldErrorText } from '#machinery/field.ts';
import { goQuote } from '#machinery/go-json.ts';
import { checkDns1123Subdomain, checkDomainPrefixedPath } from '#machinery/names.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { Attributes, Authorizer, UserInfo } from '../../identity.ts';
import { requestAttributes } from '../../request.ts';
import { nodeUserPrefix, nodesGroup } from '../authz/node-identity.ts';
import type { ImpersonationMetrics } from '../impersonation-metrics.ts';
import { refusal, unsniffed } from '../refusal.ts';
import { type Headers, headerExtra, headerValue, headerValues } from './headers.ts';
import {
  allAuthenticated,
  allUnauthenticated,
  anonymousName,
  nodeNameKey,
  parseServiceAccountUsername,
  serviceAccountGroups,
} from './user.ts';

const identityGroup = 'authentication.k8s.io';
const mastersGroup = 'system:masters';
const headerPrefix = 'impersonate-';
const extraPrefix = `${headerPrefix}extra-`;

/** What is asked of the server, as it was sent. */
export interface AskedRequest {
  readonly method: string;
  readonly url: string;
}

/** Hears what the audit log tells of who asks. */
export interface Witness {
  asker?: UserInfo;
  /** The constrained verb that allows it to act as somebody; '' of the old one. */
  constraint?: string;
}

/**
 * The user whom the request's headers ask to act as, once `user` may: in this request (KEP-5284), or in any. Without such
 * headers, `user` itself.
 */
export function impersonate(
  user: UserInfo,
  headers: Headers,
  request: AskedRequest,
  judges: Judges,
  witness?: Witness,
): UserInfo | Promise<UserInfo> {
  return asksToAct(headers) ? actAs(user, headers, request, judges, witness) : user;
}

/** Who says whether somebody may act as another, and who is told what came of it. */
export interface Judges {
  readonly authorizer: Authorizer;
  readonly impersonations: ImpersonationMetrics;
  /** By which mode a user was last let through: it is the first to be tried. */
  readonly lastModes: RecentCache<string, unknown>;
}

export const lastModesKept = 10_000;

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

type Wanted = Required<UserInfo>;

/** Undefined: the headers name nobody. Throws BadRequest for what belongs to nobody. */
function wantedOf(headers: Headers): Wanted | undefined {
  const name = headerValue(headers, 'impersonate-user');
  const uid = headerValue(headers, 'impersonate-uid');
  const groups = headerValues(headers, 'impersonate-group');
  const extra = headerExtra(headers, extraPrefix);
  if (name !== '') return { name, uid, groups, extra };
  if (uid === '' && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  const asked = goText({ name, uid, groups, extra });
  const error = statusError.badRequest(`requested ${asked} without impersonating a user name`);
  error.headers = unsniffed;
  throw error;
}

/** As Go shows the value. */
function goText({ uid, groups, extra }: Wanted): string {
  const list = (values: readonly string[]) => `[]string{${values.map(goQuote).join(', ')}}`;
  const keys = Object.keys(extra).sort();
  const members = keys.map(key => `${goQuote(key)}:${list(extra[key]!)}`);
  const type = 'map[string][]string';
  return `&user.DefaultInfo{Name:"", UID:${goQuote(uid)}, Groups:${groups.length > 0 ? list(groups) : '[]string(nil)'}, Extra:${keys.length > 0 ? `${type}{${members.join(', ')}}` : `${type}(nil)`}}`;
}

async function actAs(
  user: UserInfo,
  headers: Headers,
  request: AskedRequest,
  judges: Judges,
  witness: Witness | undefined,
): Promise<UserInfo> {
  const wanted = wantedOf(headers);
  if (!wanted) return user;
  const { impersonations } = judges;
  const sinceMs = impersonations.now();
  let firstRefusal: StatusError | undefined;
  for (const mode of inOrder(judges.lastModes.get(user.name) as Mode | undefined)) {
    if (!mode.isFor(wanted, user)) continue;
    try {
      for (const asked of questions(mode, user, wanted, request)) await mustBeAllowed(asked, mode, judges);
      if (witness) witness.constraint = mode.name === '' ? '' : `impersonate:${mode.name}`;
      impersonations.attempted(toldMode(mode), true, sinceMs);
      judges.lastModes.set(user.name, mode);
      return acting(wanted, mode);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      firstRefusal ??= error;
    }
  }
  impersonations.attempted('', false, sinceMs);
  throw firstRefusal;
}

async function mustBeAllowed(asked: Attributes, mode: Mode, judges: Judges): Promise<void> {
  const { authorizer, impersonations } = judges;
  const sinceMs = impersonations.now();
  const { decision, reason } = await authorizer.authorize(asked);
  impersonations.asked(toldMode(mode), decision === 'allow', sinceMs);
  if (decision !== 'allow') throw refusal(asked, reason);
}

function toldMode({ name }: Mode): string {
  return name === '' ? 'legacy' : name;
}

/** A way of being allowed to act as somebody. */
interface Mode {
  /** '': the old way, for whatever is asked. */
  readonly name: string;
  isFor(wanted: Wanted, user: UserInfo): boolean;
  /** What must be allowed of the account or node, when it is not its own name. */
  readonly anyName?: true;
}

/** In the order of being tried, but for who was let through before; the first refusal is the one that is told. */
const modes: readonly Mode[] = [
  {
    name: 'associated-node',
    isFor: (wanted, user) =>
      isBare(wanted) && nodeOf(wanted) !== undefined && nodeOf(wanted) === ownNode(user),
    anyName: true,
  },
  { name: 'arbitrary-node', isFor: wanted => isBare(wanted) && nodeOf(wanted) !== undefined },
  { name: 'serviceaccount', isFor: wanted => isBare(wanted) && accountOf(wanted) !== undefined },
  { name: 'user-info', isFor: wanted => nodeOf(wanted) === undefined && accountOf(wanted) === undefined },
  { name: '', isFor: () => true },
];

function inOrder(first: Mode | undefined): readonly Mode[] {
  return first ? [first, ...modes.filter(mode => mode !== first)] : modes;
}

function isBare({ uid, groups, extra }: Wanted): boolean {
  return uid === '' && groups.length === 0 && Object.keys(extra).length === 0;
}

const accountOf = ({ name }: UserInfo) => parseServiceAccountUsername(name);

function nodeOf({ name }: UserInfo): string | undefined {
  if (!name.startsWith(nodeUserPrefix)) return undefined;
  const node = name.slice(nodeUserPrefix.length);
  return checkDns1123Subdomain(node).length === 0 ? node : undefined;
}

/** The node on which the service account's pod runs. */
function ownNode(user: UserInfo): string | undefined {
  const values = user.extra?.[nodeNameKey] ?? [];
  return accountOf(user) && values.length === 1 ? values[0] : undefined;
}

/** What the user must be allowed, one by one. Throws Forbidden for what nobody may be in such a mode. */
function* questions(
  mode: Mode,
  user: UserInfo,
  wanted: Wanted,
  request: AskedRequest,
): Generator<Attributes> {
  if (mode.name !== '') {
    const target = requestAttributes(request, user);
    yield { ...target, verb: `impersonate-on:${mode.name}:${target.verb}` };
  }
  const base = {
    user,
    verb: mode.name === '' ? 'impersonate' : `impersonate:${mode.name}`,
    isResource: true,
    group: mode.name === '' ? '' : identityGroup,
    version: 'v1',
    subresource: '',
    namespace: '',
    path: '',
  };
  yield { ...base, ...subject(mode, wanted) };
  const identity = { ...base, group: identityGroup };
  if (wanted.uid) yield { ...identity, resource: 'uids', name: wanted.uid };
  for (const name of wanted.groups) {
    const asked = { ...base, resource: 'groups', name };
    if (mode.name !== '' && name === mastersGroup)
      throw refusal(asked, 'impersonating the system:masters group is not allowed');
    yield asked;
  }
  for (const [key, values] of Object.entries(wanted.extra)) {
    const asked = { ...identity, resource: 'userextras', name: '' };
    const objection = mode.name === '' ? undefined : objectionToExtra(key, values);
    if (objection) throw refusal(asked, objection);
    for (const name of values) yield { ...asked, subresource: key, name };
  }
}

function subject(mode: Mode, wanted: Wanted): { resource: string; namespace?: string; name: string } {
  const account = accountOf(wanted);
  if (account) return { resource: 'serviceaccounts', ...account };
  const node = mode.name === '' ? undefined : nodeOf(wanted);
  if (node) return { resource: 'nodes', name: mode.anyName ? '*' : node };
  return { resource: 'users', name: wanted.name };
}

function objectionToExtra(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  const [problem] = checkDomainPrefixedPath(key);
  if (problem) {
    const at = fieldErrorText(fieldError.invalid(FieldPath.of('extra', 'key'), key, problem));
    return `impersonating an invalid key in extra is not allowed: ${at}`;
  }
  if (key !== key.toLowerCase())
    return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
  if (values.length === 0) return 'impersonating empty values in extra is not allowed';
  return undefined;
}

function acting(wanted: Wanted, mode: Mode): UserInfo {
  const { name, uid, extra } = wanted;
  const isNode = mode.name !== '' && nodeOf(wanted) !== undefined;
  return {
    name,
    groups: impliedGroups(name, isNode ? [nodesGroup] : wanted.groups),
    ...(uid ? { uid } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

function impliedGroups(name: string, groups: readonly string[]): string[] {
  const account = parseServiceAccountUsername(name);
  const own = groups.length === 0 && account ? serviceAccountGroups(account.namespace) : [...groups];
  const implied = name === anonymousName ? allUnauthenticated : allAuthenticated;
  const isPlaced = own.includes(allAuthenticated) || own.includes(allUnauthenticated);
  return isPlaced ? own : [...own, implied];
}
