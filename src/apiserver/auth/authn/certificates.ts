import { X509Certificate, createHash } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import { RecentCache } from '#base/recent-cache.ts';
import type { UserInfo } from '../../identity.ts';
import { subjectAttributes, subjectOf } from '../../pki/certificate.ts';
import { type Validity, verifyClient } from '../../pki/chain.ts';
import { authenticated, credentialIdKey } from './user.ts';

interface Checked extends Validity {
  readonly user: UserInfo | undefined;
  /** Of the client's own certificate. */
  readonly endsMs: number;
}

const nobody: Checked = { user: undefined, notBeforeMs: 0, notAfterMs: 0, endsMs: 0 };
const onePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const certificatesKept = 2048;
/** KEP-5234: the user's UID in a certificate. */
const uidOid = '1.3.6.1.4.1.57683.2';

/**
 * Client certificates that one of some CAs signed, or others in its name that the client shows with its own: the common name is the
 * user, the organizations are the groups.
 */
export class CertificateAuthenticator {
  readonly #caPem: () => string;
  readonly #clock: Clock;
  #pem = '';
  #authorities: readonly X509Certificate[] = [];
  /** By DER, of those alone that were believed: who resumes a session shows no more than its own certificate. */
  #believed = new RecentCache<string, Checked>(certificatesKept);
  /** A connection hands in the same object, request by request. */
  #checked = new WeakMap<X509Certificate, Checked>();

  /** `caPem` may have several certificates, and may change: what was believed is judged anew then. */
  constructor(caPem: () => string, clock: Clock) {
    this.#caPem = caPem;
    this.#clock = clock;
  }

  /** Undefined when the certificate is not one of these CAs, not a client's, or out of its time. */
  authenticate(certificate: X509Certificate, lasts?: (seconds: number) => void): UserInfo | undefined {
    const { user, notBeforeMs, notAfterMs, endsMs } = this.#check(certificate);
    const now = this.#clock.now();
    if (now < notBeforeMs || now > notAfterMs) return undefined;
    lasts?.((endsMs - now) / 1000);
    return user;
  }

  #check(certificate: X509Certificate): Checked {
    if (this.#caPem() !== this.#pem) this.#follow(this.#caPem());
    let checked = this.#checked.get(certificate);
    if (!checked) {
      checked = this.#checkNew(certificate);
      this.#checked.set(certificate, checked);
    }
    return checked;
  }

  #follow(pem: string): void {
    this.#pem = pem;
    this.#authorities = (pem.match(onePem) ?? []).map(one => new X509Certificate(one));
    this.#believed = new RecentCache(certificatesKept);
    this.#checked = new WeakMap();
  }

  #checkNew(certificate: X509Certificate): Checked {
    const key = certificate.raw.toString('latin1');
    const known = this.#believed.get(key);
    if (known && known.notAfterMs >= this.#clock.now()) return known;
    const checked = this.#verify(certificate);
    if (!checked.user) return checked;
    this.#believed.set(key, checked);
    return checked;
  }

  #verify(certificate: X509Certificate): Checked {
    try {
      const now = this.#clock.now();
      const validity = firstOf(this.#authorities, authority => verifyClient(certificate, authority, now));
      if (!validity) return nobody;
      return { ...validity, user: userOf(certificate), endsMs: Date.parse(certificate.validTo) };
    } catch {
      // Not a certificate as RFC 5280 has it: the client is told what any stranger is told.
      return nobody;
    }
  }
}

function firstOf<T, R>(all: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = find(one);
    if (found) return found;
  }
  return undefined;
}

function userOf(certificate: X509Certificate): UserInfo | undefined {
  const { commonName, organizations = [] } = subjectOf(certificate);
  if (commonName === '') return undefined;
  const uid = subjectAttributes(certificate).find(([oid]) => oid === uidOid)?.[1];
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex');
  return authenticated({
    name: commonName,
    groups: organizations,
    ...(uid ? { uid } : {}),
    extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] },
  });
}
