import { X509Certificate } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import { signCertificate } from './certificate.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { type PemFiles, backdateMs, issuerOf } from './pki.ts';

const pemOf = (base64: string) => Buffer.from(base64, 'base64').toString('latin1');

/** The cluster's CA, for the certificates that certificates.k8s.io hands out. All texts are the base64 of PEM. */
export function clusterAuthority(files: () => PemFiles, clock: Clock) {
  return {
    /** Throws on what is no request, or is not signed with its own key. */
    read(request: string) {
      const { subject, alternativeNames } = readCertificateRequest(pemOf(request));
      const { commonName, organizations = [] } = subject;
      return { commonName, organizations, ...alternativeNames };
    },

    sign(request: string, usages: readonly string[], lifetimeMs: number): string {
      const { subjectDer, publicKey, alternativeNames } = readCertificateRequest(pemOf(request));
      const issuer = issuerOf(files(), 'ca');
      const now = clock.now();
      const notAfterMs = Math.min(now + lifetimeMs, Date.parse(issuer.certificate.validTo));
      const pem = signCertificate(
        {
          subject: subjectDer,
          publicKey,
          ...alternativeNames,
          notBeforeMs: now - backdateMs,
          notAfterMs,
          usage: { names: usages },
        },
        issuer,
      );
      return Buffer.from(pem).toString('base64');
    },

    endOf(certificate: string): number | undefined {
      try {
        return Date.parse(new X509Certificate(pemOf(certificate)).validTo);
      } catch {
        return undefined;
      }
    },
  };
}
