import {
  type KeyObject,
  type X509Certificate,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { assert } from '#base/assert.ts';
import { parseIp } from '#machinery/ip.ts';
import { der, readDer, readOid } from './der.ts';

/** A distinguished name as Kubernetes uses it: the user and the groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export interface CertificateOptions {
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly usage: 'ca' | 'server' | 'client';
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
}

/** Who signs. `certificate` absent: the certificate signs itself. */
export interface Issuer {
  readonly key: KeyObject;
  readonly certificate?: X509Certificate;
}

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  subjectAltName: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

export const clientAuthOid = oids.clientAuth;

/** A new P-256 key, as PEM (PKCS #8). */
export function generateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function nameDer({ commonName, organizations = [] }: Subject): Uint8Array {
  const attribute = (oid: string, value: string) => der.set(der.sequence(der.oid(oid), der.utf8(value)));
  return der.sequence(
    ...organizations.map(one => attribute(oids.organization, one)),
    attribute(oids.commonName, commonName),
  );
}

function keyId(publicKey: KeyObject): Uint8Array {
  const [spki] = readDer(publicKey.export({ type: 'spki', format: 'der' }));
  const bits = readDer(spki!.content)[1]!.content.subarray(1);
  return createHash('sha1').update(bits).digest();
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(oid), ...flag, der.octetString(value));
}

function alternativeNames(dnsNames: readonly string[], ips: readonly string[]): Uint8Array {
  const ascii = new TextEncoder();
  return der.sequence(
    ...dnsNames.map(name => der.contextPrimitive(2, ascii.encode(name))),
    ...ips.map(ip => der.contextPrimitive(7, ipBytes(ip))),
  );
}

function ipBytes(text: string): Uint8Array {
  const ip = parseIp(text);
  assert(ip, `not an IP address: ${text}`);
  return ip.bytes;
}

function extensions(options: CertificateOptions, issuerKey: KeyObject): Uint8Array {
  const { usage, dnsNames = [], ips = [], publicKey } = options;
  const isCa = usage === 'ca';
  // Bits from the left: a CA signs certificates (5) and revocation lists (6) too, a leaf signs (0) and enciphers keys (2).
  const keyUsage = isCa ? der.bitString(Uint8Array.of(0xa6), 1) : der.bitString(Uint8Array.of(0xa0), 5);
  const list = [
    extension(oids.keyUsage, true, keyUsage),
    extension(oids.basicConstraints, true, isCa ? der.sequence(der.boolean(true)) : der.sequence()),
    extension(oids.subjectKeyId, false, der.octetString(keyId(publicKey))),
    extension(oids.authorityKeyId, false, der.sequence(der.contextPrimitive(0, keyId(issuerKey)))),
  ];
  if (!isCa) {
    const purpose = usage === 'server' ? oids.serverAuth : oids.clientAuth;
    list.push(extension(oids.extendedKeyUsage, false, der.sequence(der.oid(purpose))));
  }
  if (dnsNames.length + ips.length > 0) {
    list.push(extension(oids.subjectAltName, false, alternativeNames(dnsNames, ips)));
  }
  return der.sequence(...list);
}

/** Signs a certificate (X.509 v3, ECDSA with SHA-256); answers its PEM. */
export function signCertificate(options: CertificateOptions, issuer: Issuer): string {
  const algorithm = der.sequence(der.oid(oids.ecdsaWithSha256));
  const subject = nameDer(options.subject);
  const issuerKey = createPublicKey(issuer.key);
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const tbs = der.sequence(
    der.context(0, der.integer(Uint8Array.of(2))),
    der.integer(serial),
    algorithm,
    issuer.certificate ? subjectDer(issuer.certificate) : subject,
    der.sequence(der.time(options.notBeforeMs), der.time(options.notAfterMs)),
    subject,
    options.publicKey.export({ type: 'spki', format: 'der' }),
    der.context(3, extensions(options, issuerKey)),
  );
  const signature = sign('sha256', tbs, { key: issuer.key, dsaEncoding: 'der' });
  const certificate = der.sequence(tbs, algorithm, der.bitString(signature));
  const lines = Buffer.from(certificate)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** version, serial, algorithm, issuer, validity, subject, …; the version may be left out. */
function subjectDer(certificate: X509Certificate): Uint8Array {
  const [outer] = readDer(certificate.raw);
  const [tbs] = readDer(outer!.content);
  const fields = readDer(tbs!.content);
  return fields[fields[0]!.tag === 0xa0 ? 5 : 4]!.bytes;
}

/** The subject's attributes in order: its object identifiers with their values. */
export function subjectAttributes(certificate: X509Certificate): readonly [oid: string, value: string][] {
  const [name] = readDer(subjectDer(certificate));
  return readDer(name!.content).flatMap(set =>
    readDer(set.content).map(attribute => {
      const [oid, value] = readDer(attribute.content);
      assert(oid && value, 'a name without value');
      return [readOid(oid.content), decodeText(value.tag, value.content)] as [string, string];
    }),
  );
}

export function subjectOf(certificate: X509Certificate): Subject {
  const attributes = subjectAttributes(certificate);
  return {
    commonName: attributes.findLast(([oid]) => oid === oids.commonName)?.[1] ?? '',
    organizations: attributes.filter(([oid]) => oid === oids.organization).map(([, value]) => value),
  };
}

function decodeText(tag: number, content: Uint8Array): string {
  if (tag === 0x1e) return new TextDecoder('utf-16be').decode(content);
  return new TextDecoder('utf-8', { fatal: true }).decode(content);
}
