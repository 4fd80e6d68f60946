import { type KeyObject, createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

const algorithm = 'ES256';

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Node's decoder passes over what is none. */
function isBase64Url(part: string): boolean {
  return /^[A-Za-z0-9_-]*$/.test(part);
}

/** A JSON object, or undefined. */
function decode(part: string): Claims | undefined {
  if (!isBase64Url(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How upstream names a key: the hash of its SPKI form. */
function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

/** Signs and checks tokens (RFC 7519) with one P-256 key: ES256 and nothing else. */
export class JwtKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly keyId: string;

  constructor(keyPem: string) {
    this.#privateKey = createPrivateKey(keyPem);
    this.#publicKey = createPublicKey(this.#privateKey);
    this.keyId = keyIdOf(this.#publicKey);
  }

  sign(claims: Claims): string {
    const head = `${encode({ alg: algorithm, kid: this.keyId })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(head), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return `${head}.${signature.toString('base64url')}`;
  }

  /** The claims, or undefined when this key did not sign the token. */
  verify(token: string): Claims | undefined {
    const [header, payload, signature, ...rest] = token.split('.');
    if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
      return undefined;
    if (!isBase64Url(signature) || decode(header)?.alg !== algorithm) return undefined;
    const isValid = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: this.#publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    return isValid ? decode(payload) : undefined;
  }

  /** Why this key did not verify the token. */
  refusal(token: string): string {
    const kid = decode(token.split('.')[0]!)?.kid;
    return kid === undefined || kid === this.keyId
      ? 'go-jose/go-jose: error in cryptographic primitive'
      : 'invalid signature, no keys found';
  }

  /** The public key as a JSON Web Key set (RFC 7517), for /openid/v1/jwks. */
  jwks(): { keys: Record<string, unknown>[] } {
    const { kty, crv, x, y } = this.#publicKey.export({ format: 'jwk' });
    return { keys: [{ use: 'sig', kty, kid: this.keyId, crv, alg: algorithm, x, y }] };
  }
}

/** The claims of a token that nobody has checked yet. */
export function peekClaims(token: string): Claims | undefined {
  const payload = token.split('.')[1];
  return payload === undefined ? undefined : decode(payload);
}
