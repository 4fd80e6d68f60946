import { results } from '#cel/admission.ts';
import { CelList, type CelValue } from '#cel/values.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { UserInfo } from '../../identity.ts';
import type { Outbound } from '../../outbound.ts';
import type { OperatorMetrics } from '../operator-metrics.ts';
import { ClaimExpression, userValue } from './claim-expressions.ts';
import { IssuerKeys, type IssuerSettings } from './issuer-keys.ts';
import { type Claims, peekClaims } from './jwt.ts';
import { InvalidTokenError } from './service-account-tokens.ts';
import { credentialIdKey } from './user.ts';

interface Mapping {
  readonly claim?: string;
  readonly prefix?: string;
  readonly expression?: string;
}

/** apiserver.config.k8s.io JWTAuthenticator. */
export interface JwtSettings {
  readonly issuer: IssuerSettings & { readonly audiences: readonly string[] };
  readonly claimValidationRules: readonly {
    readonly claim?: string;
    readonly requiredValue?: string;
    readonly expression?: string;
    readonly message?: string;
  }[];
  readonly claimMappings: {
    readonly username: Mapping;
    readonly groups?: Mapping;
    readonly uid?: Mapping;
    readonly extra?: readonly { readonly key: string; readonly valueExpression: string }[];
  };
  readonly userValidationRules: readonly { readonly expression: string; readonly message?: string }[];
}

/** apiserver.config.k8s.io AuthenticationConfiguration. */
export interface AuthenticationSettings {
  readonly jwt: readonly JwtSettings[];
  /** Absent: who says nothing of himself may see whether the server is well. */
  readonly anonymous?: { readonly enabled: boolean; readonly paths?: readonly string[] };
}

export interface JwtSeams {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: OperatorMetrics;
}

interface Rule {
  readonly expression: ClaimExpression;
  readonly message: string;
}

/** So far may the clock of an issuer go ahead. */
const leewayMs = 60_000;
const goZeroTimeMs = Date.parse('0001-01-01T00:00:00Z');

/** Whose a token of one issuer is. */
class JwtAuthenticator {
  readonly #settings: JwtSettings;
  readonly #keys: IssuerKeys;
  readonly #clock: Clock;
  readonly #username: ClaimExpression | undefined;
  readonly #groups: ClaimExpression | undefined;
  readonly #uid: ClaimExpression | undefined;
  readonly #extra: readonly { readonly key: string; readonly expression: ClaimExpression }[];
  readonly #claimRules: readonly Rule[];
  readonly #userRules: readonly Rule[];

  readonly #metrics: OperatorMetrics;

  constructor(settings: JwtSettings, keys: IssuerKeys, { clock, metrics }: JwtSeams) {
    this.#metrics = metrics;
    this.#settings = settings;
    this.#keys = keys;
    this.#clock = clock;
    const { claimMappings, claimValidationRules, userValidationRules } = settings;
    const expression = (mapping: Mapping | undefined) =>
      mapping?.expression ? new ClaimExpression('claims', mapping.expression) : undefined;
    this.#username = expression(claimMappings.username);
    this.#groups = expression(claimMappings.groups);
    this.#uid = expression(claimMappings.uid);
    this.#extra = (claimMappings.extra ?? []).map(({ key, valueExpression }) => ({
      key,
      expression: new ClaimExpression('claims', valueExpression),
    }));
    this.#claimRules = claimValidationRules.flatMap(({ expression: rule, message = '' }) =>
      rule ? [{ expression: new ClaimExpression('claims', rule, results.condition), message }] : [],
    );
    this.#userRules = userValidationRules.map(({ expression: rule, message = '' }) => ({
      expression: new ClaimExpression('user', rule, results.condition),
      message,
    }));
  }

  async authenticate(token: string): Promise<UserInfo> {
    if (this.#keys.knows(token)) return this.#authenticate(token);
    const sinceMs = this.#clock.monotonicMs();
    let result: 'success' | 'failure' = 'failure';
    try {
      const user = await this.#authenticate(token);
      result = 'success';
      return user;
    } finally {
      const seconds = (this.#clock.monotonicMs() - sinceMs) / 1000;
      this.#metrics.tokenTook(this.#settings.issuer.url, result, seconds);
    }
  }

  async #authenticate(token: string): Promise<UserInfo> {
    await this.#keys.discover().catch(() => refuse('authenticator not initialized'));
    const claims = await this.#keys
      .verify(token)
      .catch((error: Error) => refuse(`verify token: ${error.message}`));
    this.#checkToken(claims);
    const user = this.#userOf(claims);
    this.#checkRequired(claims);
    checkRules(this.#claimRules, claims, 'claim validation expression');
    checkRules(this.#userRules, userValue(user), 'user info validation rule');
    return user;
  }

  #checkToken({ sub, aud, exp, nbf }: Claims): void {
    if (sub !== undefined && sub !== null && typeof sub !== 'string') {
      const why = mistyped(sub, 'string').replace('Go value', 'Go struct field idToken.sub');
      refuse(`verify token: oidc: failed to unmarshal claims: ${why}`);
    }
    const { audiences } = this.#settings.issuer;
    const named = (Array.isArray(aud) ? aud : aud === undefined ? [] : [aud]).map(String);
    if (!audiences.some(one => named.includes(one))) {
      const quoted = (list: readonly string[]) => `[${list.map(one => JSON.stringify(one)).join(' ')}]`;
      const expected =
        audiences.length === 1 ? JSON.stringify(audiences[0]) : `in ${quoted([...audiences].sort())}`;
      refuse(`verify token: oidc: expected audience ${expected} got ${quoted(named)}`);
    }
    const nowMs = this.#clock.now();
    const expiryMs = typeof exp === 'number' ? exp * 1000 : goZeroTimeMs;
    if (expiryMs < nowMs) refuse(`verify token: oidc: token is expired (Token Expiry: ${goTime(expiryMs)})`);
    if (typeof nbf === 'number' && nbf * 1000 > nowMs + leewayMs) {
      const [now, notBefore] = [goTime(nowMs), goTime(nbf * 1000)];
      refuse(`verify token: oidc: current time ${now} before the nbf (not before) time: ${notBefore}`);
    }
  }

  #userOf(claims: Claims): UserInfo {
    const extra = this.#extraOf(claims);
    const uid = this.#uidOf(claims);
    return {
      name: this.#nameOf(claims),
      groups: this.#groupsOf(claims),
      ...(uid ? { uid } : {}),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    };
  }

  #nameOf(claims: Claims): string {
    const { claim = '', prefix = '' } = this.#settings.claimMappings.username;
    if (this.#username) {
      const name = stringOf(this.#username, claims, 'username');
      return name || refuse('empty username via CEL expression is not allowed');
    }
    const name = textClaim(claims, claim, why => `parse username claims ${JSON.stringify(claim)}: ${why}`);
    if (claim === 'email' && Object.hasOwn(claims, 'email_verified')) {
      const verified = claims.email_verified;
      if (typeof verified !== 'boolean')
        refuse(`parse 'email_verified' claim: ${mistyped(verified, 'bool')}`);
      if (!verified) refuse('email not verified');
    }
    return prefix + name;
  }

  #groupsOf(claims: Claims): string[] {
    const { claim = '', prefix = '' } = this.#settings.claimMappings.groups ?? {};
    if (claim && Object.hasOwn(claims, claim)) {
      const value = claims[claim];
      if (value === null) return [];
      const named = Array.isArray(value) ? value : [value];
      const wrong = named.find(one => typeof one !== 'string');
      if (wrong !== undefined) {
        const shown = Array.isArray(value) ? value : wrong;
        refuse(`parse groups claim ${JSON.stringify(claim)}: ${mistyped(shown, 'string')}`);
      }
      return named.map(one => prefix + String(one));
    }
    if (!this.#groups) return [];
    return within('error evaluating group claim expression', () => textsOf(this.#groups!.evaluate(claims)));
  }

  #uidOf(claims: Claims): string {
    const claim = this.#settings.claimMappings.uid?.claim;
    if (claim) return textClaim(claims, claim, why => `parse uid claim ${JSON.stringify(claim)}: ${why}`);
    return this.#uid ? stringOf(this.#uid, claims, 'uid') : '';
  }

  #extraOf(claims: Claims): Record<string, string[]> {
    const extra: Record<string, string[]> = {};
    if (typeof claims.jti === 'string' && claims.jti !== '') extra[credentialIdKey] = [`JTI=${claims.jti}`];
    for (const { key, expression } of this.#extra) {
      const value = evaluated(expression, claims);
      const why = `error evaluating extra claim expression: ${expression.text}`;
      const values = within(why, () => textsOf(value));
      if (values.length > 0) extra[key] = values;
    }
    return extra;
  }

  #checkRequired(claims: Claims): void {
    for (const { claim, requiredValue = '' } of this.#settings.claimValidationRules) {
      if (!claim) continue;
      if (!Object.hasOwn(claims, claim)) refuse(`required claim ${claim} not present in ID token`);
      const value = textClaim(claims, claim, why => `parse claim ${claim}: ${why}`);
      if (value !== requiredValue) {
        refuse(`required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`);
      }
    }
  }
}

/** The authenticators that are configured now; they may be others at the next token. */
export class JwtAuthenticators {
  readonly #configured: () => AuthenticationSettings;
  readonly #seams: JwtSeams;
  #from: AuthenticationSettings | undefined;
  #byIssuer = new Map<string, JwtAuthenticator>();
  #keys = new Map<string, IssuerKeys>();

  constructor(configured: () => AuthenticationSettings, seams: JwtSeams) {
    this.#configured = configured;
    this.#seams = seams;
    this.#update();
  }

  /** Of whom the token says that it is; undefined where no authenticator is for them. */
  of(token: string): { authenticate(token: string): Promise<UserInfo> } | undefined {
    this.#update();
    if (this.#byIssuer.size === 0 || token.split('.').length !== 3) return undefined;
    const issuer = peekClaims(token)?.iss;
    return typeof issuer === 'string' ? this.#byIssuer.get(issuer) : undefined;
  }

  #update(): void {
    const settings = this.#configured();
    if (settings === this.#from) return;
    this.#from = settings;
    const before = this.#keys;
    this.#keys = new Map();
    this.#byIssuer = new Map();
    for (const one of settings.jwt) {
      const { audiences: _, ...issuer } = one.issuer;
      const id = JSON.stringify(issuer);
      const keys = before.get(id) ?? this.#open(issuer);
      this.#keys.set(id, keys);
      this.#byIssuer.set(issuer.url, new JwtAuthenticator(one, keys, this.#seams));
    }
  }

  /** Asks at once, so that the first token need not wait; an issuer may come later than this server. */
  #open(issuer: IssuerSettings): IssuerKeys {
    const keys = new IssuerKeys(issuer, this.#seams);
    keys.discover().catch((error: Error) => {
      this.#seams.log.warn('an issuer of tokens cannot be asked', {
        issuer: issuer.url,
        error: error.message,
      });
    });
    return keys;
  }
}

function refuse(why: string): never {
  throw new InvalidTokenError(`oidc: ${why}`);
}

/** The error is told as it is. */
function evaluated(expression: ClaimExpression, claims: Claims): CelValue {
  try {
    return expression.evaluate(claims);
  } catch (error) {
    throw new InvalidTokenError((error as Error).message);
  }
}

function within<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return refuse(`${what}: ${(error as Error).message}`);
  }
}

function checkRules(rules: readonly Rule[], value: unknown, what: string): void {
  for (const { expression, message } of rules) {
    const isMet = within(`error evaluating ${what}`, () => expression.evaluate(value));
    if (isMet !== true) {
      refuse(`error evaluating ${what}: validation expression '${expression.text}' failed: ${message}`);
    }
  }
}

function stringOf(expression: ClaimExpression, claims: Claims, what: string): string {
  return within(`error evaluating ${what} claim expression`, () => {
    const value = expression.evaluate(claims);
    if (typeof value !== 'string') throw new Error(`${what} claim expression must return a string`);
    return value;
  });
}

/** A string or a list of strings; what is empty is not there. */
function textsOf(value: CelValue): string[] {
  const wrong = 'expression must return a string or a list of strings';
  if (value === null || value === '') return [];
  if (typeof value === 'string') return [value];
  if (!(value instanceof CelList)) throw new Error(wrong);
  return Array.from({ length: value.size }, (_, i) => value.at(i)).flatMap(one => {
    if (typeof one !== 'string') throw new Error(wrong);
    return one === '' ? [] : [one];
  });
}

function textClaim(claims: Claims, name: string, told: (why: string) => string): string {
  if (!Object.hasOwn(claims, name)) refuse(told('claim not present'));
  const value = claims[name];
  // Go's decoder leaves a string as it is where there is null.
  if (value === null) return '';
  return typeof value === 'string' ? value : refuse(told(mistyped(value, 'string')));
}

function mistyped(value: unknown, type: string): string {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type ${type}`;
}

function goTime(ms: number): string {
  const text = new Date(ms).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} +0000 UTC`;
}
