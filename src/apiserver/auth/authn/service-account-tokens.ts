import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { RecentCache } from '#base/recent-cache.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { IssuedToken, TokenToIssue } from '../../handlers/context.ts';
import type { UserInfo } from '../../identity.ts';
import type { TokenMetrics } from '../token-metrics.ts';
import { type Claims, JwtKey, peekClaims } from './jwt.ts';
import type { ObjectReader } from './object-reader.ts';
import {
  authenticated,
  credentialIdKey,
  nodeNameKey,
  serviceAccountGroups,
  serviceAccountUsername,
} from './user.ts';

/** How an operator has tokens of service accounts issued and taken. */
export interface TokenSettings {
  /** As tokens name them: the first issues, those of all are taken. Absent: one of the cluster's own. */
  readonly issuers?: readonly string[];
  /** Where others find the keys. Absent: at this server. */
  readonly jwksUri?: string;
  /** Absent or 0: a token is good for as long as it is asked. */
  readonly secondsMax?: number;
  /** Whether tokens that pods get by default are good for a year. Default true. */
  readonly extendsExpiration?: boolean;
  /** Audiences that mean the API server. Absent: the issuers. */
  readonly audiences?: readonly string[];
}

export interface TokenOptions {
  /** PEM of the signing key, 'sa.key'. */
  readonly key: string;
  /** The first issues, those of all are taken. */
  readonly issuers: readonly string[];
  readonly extendsExpiration: boolean;
  /** Audiences that mean the API server. */
  readonly audiences: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly objects: ObjectReader;
  readonly metrics: TokenMetrics;
}

interface Reference {
  readonly name: string;
  readonly uid: string;
}

/** The private claims of a bound token (KEP-1205, KEP-4193). */
interface BoundClaims {
  readonly namespace: string;
  readonly serviceaccount: Reference;
  readonly pod?: Reference;
  readonly node?: Reference;
  readonly secret?: Reference;
  readonly warnafter?: number;
}

interface TokenClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly bound: BoundClaims;
  /** The same object each time that the token is shown: what is known of a user is known of that. */
  readonly user: UserInfo;
}

/** What a token proves. */
export interface VerifiedToken {
  readonly user: UserInfo;
  /** Those of the token's audiences that were asked for. */
  readonly audiences: readonly string[];
}

/** Says why a token is worth nothing. For the log, and for whoever asks by a TokenReview; who shows it is told less. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

/** The expiration that the ServiceAccount admission plugin asks for; old clients may go on using such tokens. */
const warnOnlyExpirationSeconds = 3607;
const extendedExpirationSeconds = 365 * 24 * 3600;
/** So far may clocks differ: a token is good for as long before and after its time, and an object that is being deleted. */
const leewaySeconds = 60;
export const signedKept = 2048;
const secondMs = 1000;

/** Issues and checks the tokens of service accounts. */
export class ServiceAccountTokens {
  readonly #options: TokenOptions;
  readonly #key: JwtKey;
  /** Tokens whose signature is good. Whatever can change is looked at each time. */
  readonly #signed = new RecentCache<string, TokenClaims>(signedKept);

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#key = new JwtKey(options.key);
  }

  /** Those of the audiences that mean the API server; all that do, where none are asked for. */
  apiAudiencesAmong(asked: readonly string[]): readonly string[] {
    const { audiences } = this.#options;
    return asked.length > 0 ? audiences.filter(one => asked.includes(one)) : audiences;
  }

  /** For /openid/v1/jwks. */
  jwks(): { keys: Record<string, unknown>[] } {
    return this.#key.jwks();
  }

  issue(request: TokenToIssue): IssuedToken {
    const { clock, random, issuers, audiences, extendsExpiration } = this.#options;
    const now = Math.floor(clock.now() / secondMs);
    const aud = request.audiences.length > 0 ? request.audiences : audiences;
    const isExtended =
      extendsExpiration &&
      request.bound?.kind === 'Pod' &&
      request.expirationSeconds === warnOnlyExpirationSeconds &&
      aud.every(one => audiences.includes(one));
    const { namespace, serviceAccount } = request;
    const bound: BoundClaims = {
      namespace,
      ...this.#boundObjects(request),
      serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
      ...(isExtended ? { warnafter: now + warnOnlyExpirationSeconds } : {}),
    };
    const id = randomUuid(random);
    const token = this.#key.sign({
      aud,
      exp: now + (isExtended ? extendedExpirationSeconds : request.expirationSeconds),
      iat: now,
      iss: issuers[0],
      jti: id,
      'kubernetes.io': bound,
      nbf: now,
      sub: serviceAccountUsername(namespace, serviceAccount.name),
    });
    return { token, id, audiences: aud, expiresAtMs: (now + request.expirationSeconds) * secondMs };
  }

  /** Undefined when the token is not one of this issuer; throws InvalidTokenError when it is, and is no good. */
  verify(token: string, audiences: readonly string[] = []): VerifiedToken | undefined {
    const claims = this.#signed.get(token) ?? this.#checkSignature(token);
    if (!claims) return undefined;
    const now = this.#options.clock.now() / secondMs;
    const wanted = audiences.length > 0 ? audiences : this.#options.audiences;
    const matching = claims.aud.filter(one => wanted.includes(one));
    if (matching.length === 0) throw new InvalidTokenError(audienceRefusal(claims.aud, wanted));
    if (now < claims.nbf - leewaySeconds)
      throw new InvalidTokenError('service account token is not valid yet');
    if (now > claims.exp + leewaySeconds) throw new InvalidTokenError('service account token has expired');
    this.#checkBound(claims.bound);
    const { metrics } = this.#options;
    const { warnafter } = claims.bound;
    if (warnafter) (now > warnafter ? metrics.stale : metrics.valid)();
    return { user: claims.user, audiences: matching };
  }

  /** Its signature was good when it was shown before. */
  knows(token: string): boolean {
    return this.#signed.get(token) !== undefined;
  }

  #checkSignature(token: string): TokenClaims | undefined {
    const issuer = peekClaims(token)?.iss;
    if (!this.#options.issuers.some(one => one === issuer)) return undefined;
    const signed = this.#key.verify(token);
    if (!signed) throw new InvalidTokenError(this.#key.refusal(token));
    const claims = toClaims(signed);
    if (!claims) throw new InvalidTokenError('service account token could not be validated');
    this.#signed.set(token, claims);
    return claims;
  }

  #checkBound({ namespace, serviceaccount, pod, node, secret }: BoundClaims): void {
    this.#checkAccount(namespace, serviceaccount);
    if (secret) this.#checkObject('secret', namespace, secret);
    if (pod) this.#checkObject('pod', namespace, pod);
    // A pod's token outlives a change of its node object; one bound to the node itself does not.
    if (node && !pod) this.#checkObject('node', '', node);
  }

  #checkAccount(namespace: string, { name, uid }: Reference): void {
    const account = this.#options.objects.get('core/serviceaccounts', `${namespace}/${name}`);
    if (!account) throw new InvalidTokenError(`serviceaccounts "${name}" not found`);
    if (isLongDeleted(account, this.#options.clock.now()))
      throw new InvalidTokenError(`service account ${namespace}/${name} has been deleted`);
    const found = account.metadata.uid;
    if (found !== uid)
      throw new InvalidTokenError(`service account UID (${found}) does not match claim (${uid})`);
  }

  #checkObject(kind: 'node' | 'pod' | 'secret', namespace: string, { name, uid }: Reference): void {
    const key = namespace ? `${namespace}/${name}` : name;
    const object = this.#options.objects.get(`core/${kind}s`, key);
    if (!object || isLongDeleted(object, this.#options.clock.now()))
      throw new InvalidTokenError('service account token has been invalidated');
    const found = object.metadata.uid;
    if (found === uid) return;
    throw new InvalidTokenError(
      `${kind} UID (${found}) does not match service account ${kind} ref claim (${uid})`,
    );
  }

  #boundObjects({ bound, namespace }: TokenToIssue): Partial<BoundClaims> {
    if (!bound) return {};
    const reference = { name: bound.name, uid: bound.uid };
    if (bound.kind === 'Secret') return { secret: reference };
    if (bound.kind === 'Node') return { node: reference };
    const pod = this.#options.objects.get('core/pods', `${namespace}/${bound.name}`) as Pod | undefined;
    const nodeName = pod?.spec?.nodeName;
    if (!nodeName) return { pod: reference };
    const uid = this.#options.objects.get('core/nodes', nodeName)?.metadata.uid ?? '';
    return { node: { name: nodeName, ...(uid ? { uid } : {}) } as Reference, pod: reference };
  }
}

/** As Go prints lists of quoted texts. */
function quotedList(texts: readonly string[]): string {
  return `[${texts.map(text => JSON.stringify(text)).join(' ')}]`;
}

/** What is said of a token for others than those whom it is shown to. */
export function audienceRefusal(audiences: readonly string[], wanted: readonly string[]): string {
  return `token audiences ${quotedList(audiences)} is invalid for the target audiences ${quotedList(wanted)}`;
}

function isLongDeleted(object: KubeObject, nowMs: number): boolean {
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < nowMs - leewaySeconds * secondMs;
}

function toClaims(claims: Claims | undefined): TokenClaims | undefined {
  const bound = claims?.['kubernetes.io'] as BoundClaims | undefined;
  const account = bound?.serviceaccount;
  if (!claims || !bound?.namespace || !account?.name || !account.uid) return undefined;
  const { aud, exp, nbf, sub, jti } = claims;
  if (sub !== serviceAccountUsername(bound.namespace, account.name)) return undefined;
  if (typeof exp !== 'number') return undefined;
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter(one => typeof one === 'string');
  return {
    aud: audiences,
    exp,
    nbf: typeof nbf === 'number' ? nbf : 0,
    bound,
    user: userOf(bound, typeof jti === 'string' ? jti : undefined),
  };
}

function userOf(bound: BoundClaims, jti: string | undefined): UserInfo {
  const { namespace, serviceaccount, pod, node } = bound;
  const details: [string, string | undefined][] = [
    [credentialIdKey, jti && `JTI=${jti}`],
    ['authentication.kubernetes.io/pod-name', pod?.name],
    ['authentication.kubernetes.io/pod-uid', pod?.uid],
    [nodeNameKey, node?.name],
    ['authentication.kubernetes.io/node-uid', node?.uid],
  ];
  const known = details.filter(([, value]) => value).map(([key, value]) => [key, [value!]]);
  return authenticated({
    name: serviceAccountUsername(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: serviceAccountGroups(namespace),
    ...(known.length > 0 ? { extra: Object.fromEntries(known) } : {}),
  });
}
