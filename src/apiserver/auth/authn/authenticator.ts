import { RecentCache } from '#base/recent-cache.ts';
import type { X509Certificate } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { statusError } from '#machinery/status.ts';
import type { Authorizer, UserInfo } from '../../identity.ts';
import type { ImpersonationMetrics } from '../impersonation-metrics.ts';
import type { TokenMetrics } from '../token-metrics.ts';
import { authenticateBootstrapToken } from './bootstrap-tokens.ts';
import { CertificateAuthenticator } from './certificates.ts';
import { type Headers, headerExtra, headerValue, headerValues, subprotocolsOf } from './headers.ts';
import { type AskedRequest, type Witness, impersonate, type Judges, lastModesKept } from './impersonation.ts';
import type { JwtAuthenticators } from './jwt-authenticator.ts';
import type { ObjectReader } from './object-reader.ts';
import type { SecretTokens } from './secret-tokens.ts';
import { InvalidTokenError, type ServiceAccountTokens } from './service-account-tokens.ts';
import { authenticated } from './user.ts';

/** What a connection and its headers say of who asks, and of what. */
export interface Credentials {
  /** The client's certificate and those that it came with, whoever signed them. */
  readonly certificate: X509Certificate | undefined;
  readonly headers: Headers;
  readonly request: AskedRequest;
  /** Is told who asks, and how it comes to act as somebody else. */
  readonly witness?: Witness | undefined;
  /** Is told for how many seconds from now the certificate is good, if it is. */
  readonly certificateLasts?: (seconds: number) => void;
  /** Is told how long it took to find out whether one may act as the other: of most requests, no time. */
  readonly impersonationTook?: (seconds: number) => void;
}

/** What a bearer token is worth; `refusal`: why it is worth nothing, where there is more to say than that nobody knows it. */
export type TokenVerdict =
  | { readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly user?: undefined; readonly refusal?: string };

export interface AuthenticatorOptions {
  /** PEM of the authorities as they are now. */
  readonly clientCa: () => string;
  readonly frontProxyCa: (() => string) | undefined;
  readonly tokens: ServiceAccountTokens;
  readonly secretTokens: SecretTokens;
  readonly objects: ObjectReader;
  readonly authorizer: Authorizer;
  /** Issuers of OpenID Connect whose tokens are taken. */
  readonly jwt: JwtAuthenticators | undefined;
  readonly impersonations: ImpersonationMetrics;
  readonly metrics: TokenMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** Common names of the aggregating proxies whose word is taken. */
export const frontProxyNames = ['front-proxy-client'];
const remoteExtraPrefix = 'x-remote-extra-';

/** Who asks, by whatever proves it: front proxy, client certificate, bearer token; then whom they act as. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #judges: Judges;
  readonly #clients: CertificateAuthenticator;
  readonly #frontProxies: CertificateAuthenticator | undefined;

  constructor(options: AuthenticatorOptions) {
    const { clientCa, frontProxyCa, clock } = options;
    this.#options = options;
    const { authorizer, impersonations } = options;
    this.#judges = { authorizer, impersonations, lastModes: new RecentCache(lastModesKept) };
    this.#clients = new CertificateAuthenticator(clientCa, clock);
    this.#frontProxies = frontProxyCa ? new CertificateAuthenticator(frontProxyCa, clock) : undefined;
  }

  /**
   * Undefined when the request says nothing of who asks. Throws Unauthorized when it does and nobody believes it,
   * Forbidden when it asks to act as somebody whom it may not.
   */
  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo> {
    const user = this.#identify(credentials);
    if (user instanceof Promise) return user.then(known => this.#act(known, credentials));
    return user && this.#act(user, credentials);
  }

  #act(user: UserInfo, credentials: Credentials): UserInfo | Promise<UserInfo> {
    const { headers, request, witness, impersonationTook } = credentials;
    const asker = authenticated(user);
    if (witness) witness.asker = asker;
    const acting = impersonate(asker, headers, request, this.#judges, witness);
    if (impersonationTook) this.#timeImpersonation(acting, impersonationTook);
    return acting;
  }

  #timeImpersonation(acting: UserInfo | Promise<UserInfo>, took: (seconds: number) => void): void {
    if (!(acting instanceof Promise)) {
      took(0);
      return;
    }
    const { impersonations } = this.#options;
    const sinceMs = impersonations.now();
    const tell = () => took((impersonations.now() - sinceMs) / 1000);
    acting.then(tell, tell);
  }

  /** Who a bearer token belongs to, if anybody believes it. */
  authenticateToken(token: string, audiences: readonly string[] = []): TokenVerdict | Promise<TokenVerdict> {
    const { tokens, secretTokens, metrics, jwt } = this.#options;
    const authenticator = jwt?.of(token);
    if (authenticator) return this.#issuerVerdict(authenticator.authenticate(token), audiences);
    const sinceMs = metrics.now();
    const isKnown = tokens.knows(token) || secretTokens.knows(token);
    const verdict = this.#verdict(token, audiences);
    metrics.shown(isKnown, verdict.user !== undefined, sinceMs);
    return verdict;
  }

  /** Such a token is for the API server alone. */
  async #issuerVerdict(user: Promise<UserInfo>, audiences: readonly string[]): Promise<TokenVerdict> {
    const { tokens, metrics, log } = this.#options;
    const sinceMs = metrics.now();
    const matching = tokens.apiAudiencesAmong(audiences);
    if (matching.length === 0) return {};
    try {
      const verdict = { user: authenticated(await user), audiences: matching };
      metrics.shown(true, true, sinceMs);
      return verdict;
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
      metrics.shown(true, false, sinceMs);
      log.info('refused a token of an issuer', { reason: error.message });
      return { refusal: error.message };
    }
  }

  #verdict(token: string, audiences: readonly string[]): TokenVerdict {
    const { tokens, secretTokens, objects, clock, log } = this.#options;
    try {
      const verified = tokens.verify(token, audiences) ?? secretTokens.verify(token, audiences);
      if (verified) return verified;
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
      log.info('refused a service account token', { reason: error.message });
      return { refusal: error.message };
    }
    // A bootstrap token says nothing of whom it is for: that is the API server alone.
    const matching = tokens.apiAudiencesAmong(audiences);
    const bootstrap = matching.length > 0 && authenticateBootstrapToken(token, objects, clock);
    return bootstrap ? { user: authenticated(bootstrap), audiences: matching } : {};
  }

  #identify({
    certificate,
    headers,
    certificateLasts,
  }: Credentials): UserInfo | undefined | Promise<UserInfo> {
    const fromProxy = certificate && this.#fromProxy(certificate, headers);
    if (fromProxy) return fromProxy;
    const client = certificate && this.#clients.authenticate(certificate, certificateLasts);
    if (client) return client;
    const token = bearerToken(headers);
    const verified = token === undefined ? undefined : this.authenticateToken(token);
    if (verified instanceof Promise) return verified.then(userOf);
    if (verified?.user) return verified.user;
    if (token !== undefined || (certificate && !this.#isFrontProxy(certificate)))
      throw statusError.unauthorized();
    return undefined;
  }

  #isFrontProxy(certificate: X509Certificate): boolean {
    const proxy = this.#frontProxies?.authenticate(certificate);
    return proxy !== undefined && frontProxyNames.includes(proxy.name);
  }

  #fromProxy(certificate: X509Certificate, headers: Headers): UserInfo | undefined {
    const name = headerValue(headers, 'x-remote-user');
    if (!name || !this.#isFrontProxy(certificate)) return undefined;
    const extra = headerExtra(headers, remoteExtraPrefix);
    const uid = headerValue(headers, 'x-remote-uid');
    return {
      name,
      groups: headerValues(headers, 'x-remote-group'),
      ...(uid ? { uid } : {}),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    };
  }
}

function userOf({ user }: TokenVerdict): UserInfo {
  if (!user) throw statusError.unauthorized();
  return user;
}

/** From the Authorization header, or as browsers send it: a WebSocket subprotocol, beside one that is to be spoken. */
function bearerToken(headers: Headers): string | undefined {
  const [, token] = /^bearer +(\S+)$/i.exec(headerValue(headers, 'authorization').trim()) ?? [];
  if (token !== undefined) return token;
  if (headerValue(headers, 'upgrade').toLowerCase() !== 'websocket') return undefined;
  const { encodedToken, others } = subprotocolsOf(headerValues(headers, 'sec-websocket-protocol'));
  if (encodedToken === undefined || others.length === 0) return undefined;
  return Buffer.from(encodedToken, 'base64url').toString('utf8');
}
