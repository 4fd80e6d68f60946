import { type KeyObject, constants, createPublicKey, verify } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import { TokenBucket } from '#client/token-bucket.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { goQuote } from '#machinery/go-json.ts';
import type { Outbound } from '../../outbound.ts';
import type { Claims } from './jwt.ts';

export interface IssuerSettings {
  readonly url: string;
  /** Where its configuration is, if not where its URL says. */
  readonly discoveryUrl?: string;
  /** PEM. Absent: the platform's authorities. */
  readonly ca?: string;
}

interface Algorithm {
  readonly hash: string;
  readonly type: 'rsa' | 'ec';
  readonly options?: object;
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const algorithms: ReadonlyMap<unknown, Algorithm> = new Map(
  [256, 384, 512].flatMap(bits => {
    const hash = `sha${bits}`;
    return [
      [`ES${bits}`, { hash, type: 'ec', options: { dsaEncoding: 'ieee-p1363' } }],
      [`PS${bits}`, { hash, type: 'rsa', options: pss }],
      [`RS${bits}`, { hash, type: 'rsa' }],
    ] as [string, Algorithm][];
  }),
);

interface IssuerKey {
  readonly id: string | undefined;
  readonly key: KeyObject;
}

/** So long nobody asks again who did not answer, or answered nonsense. */
const retryMs = 10_000;
/** Whoever makes up tokens has no issuer asked for each: so often at once, and once more each second. */
const refetchesMax = 10;
const timeoutMs = 30_000;
const verifiedKept = 2048;

/** The keys by which an issuer of OpenID Connect signs: found by its configuration, and again where a token has another. */
export class IssuerKeys {
  readonly #issuer: IssuerSettings;
  readonly #seams: { readonly outbound: Outbound; readonly clock: Clock };
  #keys: readonly IssuerKey[] = [];
  #discovery: Promise<string> | undefined;
  #failedMs = Number.NEGATIVE_INFINITY;
  #failure = '';
  #fetching: Promise<readonly IssuerKey[]> | undefined;
  readonly #refetches: TokenBucket;
  /** Claims of tokens whose signature is good. */
  #verified = new RecentCache<string, Claims>(verifiedKept);

  constructor(issuer: IssuerSettings, seams: { readonly outbound: Outbound; readonly clock: Clock }) {
    this.#issuer = issuer;
    this.#seams = seams;
    this.#refetches = new TokenBucket(seams.clock, 1, refetchesMax);
  }

  /** The claims of a token that the issuer has signed. Rejects with why it has not. */
  async verify(token: string): Promise<Claims> {
    const known = this.#verified.get(token);
    if (known) return known;
    const jwksUri = await this.discover();
    const { alg, kid, crit } = headerOf(token);
    // RFC 7515, 4.1.11: what says that it must be understood, and is not, makes the token no good.
    if (crit !== undefined) throw new Error('oidc: malformed jwt: unsupported crit header');
    const algorithm = algorithms.get(alg);
    if (!algorithm) {
      const supported = [...algorithms.keys()].sort().map(name => JSON.stringify(name));
      throw new Error(
        `oidc: id token signed with unsupported algorithm, expected [${supported.join(' ')}] got ${goQuote(String(alg))}`,
      );
    }
    const isGood = ({ id, key }: IssuerKey) =>
      (!kid || id === kid) && key.asymmetricKeyType === algorithm.type && isSigned(token, key, algorithm);
    if (!this.#keys.some(isGood)) {
      await this.#refetch(jwksUri);
      if (!this.#keys.some(isGood))
        throw new Error('failed to verify signature: failed to verify id token signature');
    }
    const claims = partOf(token, 1);
    this.#verified.set(token, claims);
    return claims;
  }

  async #refetch(jwksUri: string): Promise<void> {
    if (!this.#fetching && !this.#refetches.tryTake()) return;
    this.#keys = await this.#fetch(jwksUri);
    this.#verified = new RecentCache(verifiedKept);
  }

  /** Its signature was good when it was shown before. */
  knows(token: string): boolean {
    return this.#verified.get(token) !== undefined;
  }

  /** Where the keys are. Rejects while the issuer cannot be asked, without asking it too often. */
  discover(): Promise<string> {
    const { clock } = this.#seams;
    if (clock.monotonicMs() < this.#failedMs + retryMs) return Promise.reject(new Error(this.#failure));
    this.#discovery ??= this.#discover().catch((error: Error) => {
      this.#discovery = undefined;
      this.#failedMs = clock.monotonicMs();
      this.#failure = error.message;
      throw error;
    });
    return this.#discovery;
  }

  async #discover(): Promise<string> {
    const { url, discoveryUrl } = this.#issuer;
    const found = await this.#get(
      discoveryUrl ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`,
    );
    if (found.issuer !== url) {
      const [expected, got] = [goQuote(url), goQuote(String(found.issuer ?? ''))];
      throw new Error(
        `oidc: issuer did not match the issuer returned by provider, expected ${expected} got ${got}`,
      );
    }
    if (typeof found.jwks_uri !== 'string') throw new Error('provider did not return JWKS URL');
    return found.jwks_uri;
  }

  #fetch(uri: string): Promise<readonly IssuerKey[]> {
    this.#fetching ??= this.#get(uri)
      .then(({ keys }) => (Array.isArray(keys) ? keys.flatMap(keyOf) : []))
      .catch((error: Error) => {
        throw new Error(`failed to verify signature: fetching keys ${error.message}`, { cause: error });
      })
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  async #get(url: string): Promise<Readonly<Record<string, unknown>>> {
    const { outbound, clock } = this.#seams;
    const { ca } = this.#issuer;
    const abort = new AbortController();
    using _timer = clock.after(timeoutMs, () => abort.abort(new Error('context deadline exceeded')));
    try {
      const { status, body } = await outbound.get({ url, signal: abort.signal, ...(ca ? { ca } : {}) });
      if (status !== 200) throw new Error(`${status}: ${body.slice(0, 1000)}`);
      return JSON.parse(body) as Record<string, unknown>;
    } catch (error) {
      throw new Error(`Get ${JSON.stringify(url)}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function keyOf(jwk: unknown): IssuerKey[] {
  const { kid, use } = jwk as { kid?: string; use?: string };
  if (use && use !== 'sig') return [];
  try {
    return [{ id: kid, key: createPublicKey({ key: jwk as never, format: 'jwk' }) }];
  } catch {
    // Keys of other kinds are for others.
    return [];
  }
}

function isSigned(token: string, key: KeyObject, { hash, options }: Algorithm): boolean {
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  return verify(hash, Buffer.from(token.slice(0, end)), { key, ...options }, signature);
}

function headerOf(token: string): {
  readonly alg?: unknown;
  readonly kid?: unknown;
  readonly crit?: unknown;
} {
  return partOf(token, 0);
}

function partOf(token: string, part: number): Claims {
  const text = token.split('.')[part]!;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims;
  } catch {
    // Told like what is no object.
  }
  throw new Error('oidc: malformed jwt');
}
