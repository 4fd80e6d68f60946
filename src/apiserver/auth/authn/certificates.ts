import { X509Certificate, createHash } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import type { UserInfo } from '../../identity.ts';
import { clientAuthOid, subjectAttributes, subjectOf } from '../../pki/certificate.ts';
import { authenticated, credentialIdKey } from './user.ts';

interface Checked {
  readonly user: UserInfo | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const cacheSizeMax = 4096;
/** KEP-5234: the user's UID in a certificate. */
const uidOid = '1.3.6.1.4.1.57683.2';

/** Client certificates that one CA signed: the common name is the user, the organizations are the groups. */
export class CertificateAuthenticator {
  readonly #authority: X509Certificate;
  readonly #clock: Clock;
  readonly #checked = new Map<string, Checked>();
  /** A connection hands in the same bytes, request by request. */
  readonly #checkedBytes = new WeakMap<Uint8Array, Checked>();

  constructor(caPem: string, clock: Clock) {
    this.#authority = new X509Certificate(caPem);
    this.#clock = clock;
  }

  /** Undefined when the certificate is not one of this CA, not a client's, or out of its time. */
  authenticate(certificate: Uint8Array, lasts?: (seconds: number) => void): UserInfo | undefined {
    const { user, notBeforeMs, notAfterMs } = this.#check(certificate);
    const now = this.#clock.now();
    if (now < notBeforeMs || now > notAfterMs) return undefined;
    lasts?.((notAfterMs - now) / 1000);
    return user;
  }

  #check(certificate: Uint8Array): Checked {
    let checked = this.#checkedBytes.get(certificate);
    if (!checked) {
      checked = this.#checkNew(certificate);
      this.#checkedBytes.set(certificate, checked);
    }
    return checked;
  }

  #checkNew(certificate: Uint8Array): Checked {
    const key = Buffer.from(certificate.buffer, certificate.byteOffset, certificate.length).toString(
      'latin1',
    );
    const known = this.#checked.get(key);
    if (known) return known;
    const checked = this.#verify(certificate);
    if (this.#checked.size >= cacheSizeMax) this.#checked.delete(this.#checked.keys().next().value!);
    this.#checked.set(key, checked);
    return checked;
  }

  #verify(bytes: Uint8Array): Checked {
    const nobody = { user: undefined, notBeforeMs: 0, notAfterMs: 0 };
    try {
      const certificate = new X509Certificate(bytes);
      const trusted =
        certificate.checkIssued(this.#authority) &&
        certificate.verify(this.#authority.publicKey) &&
        certificate.keyUsage?.includes(clientAuthOid);
      if (!trusted) return nobody;
      const notBeforeMs = Date.parse(certificate.validFrom);
      return { user: userOf(certificate), notBeforeMs, notAfterMs: Date.parse(certificate.validTo) };
    } catch {
      // Not a certificate at all: the client is told what any stranger is told.
      return nobody;
    }
  }
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
