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
import { type DerNode, der, readDer, readOid } from './der.ts';

/** A distinguished name as Kubernetes uses it: the user and the groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** Names beside the subject's (RFC 5280, 4.2.1.6). */
export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  readonly emails?: readonly string[];
  readonly uris?: readonly string[];
}

/** What a certificate may be used for, in the words of certificates.k8s.io, e.g. 'digital signature'. */
export interface NamedUsages {
  readonly names: readonly string[];
}

export interface CertificateOptions extends AlternativeNames {
  /** A name, or the DER of one. */
  readonly subject: Subject | Uint8Array;
  readonly publicKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly usage: 'ca' | 'server' | 'client' | NamedUsages;
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

/** Undefined where there are none. */
function alternativeNames({
  dnsNames = [],
  ips = [],
  emails = [],
  uris = [],
}: AlternativeNames): Uint8Array | undefined {
  const ascii = new TextEncoder();
  const names = [
    ...emails.map(email => der.contextPrimitive(1, ascii.encode(email))),
    ...dnsNames.map(name => der.contextPrimitive(2, ascii.encode(name))),
    ...uris.map(uri => der.contextPrimitive(6, ascii.encode(uri))),
    ...ips.map(ip => der.contextPrimitive(7, ipBytes(ip))),
  ];
  return names.length === 0 ? undefined : der.sequence(...names);
}

function ipBytes(text: string): Uint8Array {
  const ip = parseIp(text);
  assert(ip, `not an IP address: ${text}`);
  return ip.bytes;
}

/** The bits of keyUsage from the left (RFC 5280, 4.2.1.3). */
const keyUsageBits: readonly string[] = [
  'digital signature',
  'content commitment',
  'key encipherment',
  'data encipherment',
  'key agreement',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
];

const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': oids.serverAuth,
  'client auth': oids.clientAuth,
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

const usagesOf = {
  ca: ['digital signature', 'cert sign', 'crl sign'],
  server: ['digital signature', 'key encipherment', 'server auth'],
  client: ['digital signature', 'key encipherment', 'client auth'],
} as const;

function keyUsage(names: readonly string[]): Uint8Array {
  const bits = names.map(name => (name === 'signing' ? 0 : keyUsageBits.indexOf(name)));
  const last = Math.max(...bits);
  const bytes = new Uint8Array(last < 8 ? 1 : 2);
  for (const bit of bits) if (bit >= 0) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return der.bitString(bytes, 7 - (last & 7));
}

function usageExtensions(names: readonly string[]): Uint8Array[] {
  const list: Uint8Array[] = [];
  const isBit = (name: string) => name === 'signing' || keyUsageBits.includes(name);
  if (names.some(isBit)) list.push(extension(oids.keyUsage, true, keyUsage(names.filter(isBit))));
  const purposes = new Set(names.map(name => extendedUsages[name]).filter(oid => oid !== undefined));
  if (purposes.size > 0) {
    const value = der.sequence(...[...purposes].map(oid => der.oid(oid)));
    list.push(extension(oids.extendedKeyUsage, false, value));
  }
  return list;
}

function extensions(options: CertificateOptions, issuerKey: KeyObject): Uint8Array {
  const { usage, publicKey } = options;
  const names = typeof usage === 'string' ? usagesOf[usage] : usage.names;
  const basic = usage === 'ca' ? der.sequence(der.boolean(true)) : der.sequence();
  const list = [
    ...usageExtensions(names),
    extension(oids.basicConstraints, true, basic),
    extension(oids.subjectKeyId, false, der.octetString(keyId(publicKey))),
    extension(oids.authorityKeyId, false, der.sequence(der.contextPrimitive(0, keyId(issuerKey)))),
  ];
  const alternatives = alternativeNames(options);
  if (alternatives) list.push(extension(oids.subjectAltName, false, alternatives));
  return der.sequence(...list);
}

/** Signs a certificate (X.509 v3, ECDSA with SHA-256); answers its PEM. */
export function signCertificate(options: CertificateOptions, issuer: Issuer): string {
  const algorithm = der.sequence(der.oid(oids.ecdsaWithSha256));
  const subject = options.subject instanceof Uint8Array ? options.subject : nameDer(options.subject);
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

/** version, serial, algorithm, issuer, validity, subject, …, extensions; the first and the last may be left out. */
function fieldsOf(certificate: X509Certificate): DerNode[] {
  const [outer] = readDer(certificate.raw);
  const [tbs] = readDer(outer!.content);
  return readDer(tbs!.content);
}

function subjectDer(certificate: X509Certificate): Uint8Array {
  const fields = fieldsOf(certificate);
  return fields[fields[0]!.tag === 0xa0 ? 5 : 4]!.bytes;
}

/** RFC 5280, 4.1.2.9. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export function extensionsOf(certificate: X509Certificate): Extension[] {
  const field = fieldsOf(certificate).find(({ tag }) => tag === 0xa3);
  const [list] = field ? readDer(field.content) : [];
  return readDer(list?.content ?? new Uint8Array()).map(({ content }) => {
    const [oid, ...rest] = readDer(content);
    const value = rest.at(-1);
    assert(oid && value, 'an extension without value');
    return {
      oid: readOid(oid.content),
      critical: rest.length > 1 && rest[0]!.content[0] !== 0,
      value: value.content,
    };
  });
}

/** The subject's attributes in order: its object identifiers with their values. */
export function subjectAttributes(certificate: X509Certificate): readonly [oid: string, value: string][] {
  return nameAttributes(subjectDer(certificate));
}

function nameAttributes(bytes: Uint8Array): readonly [oid: string, value: string][] {
  const [name] = readDer(bytes);
  return readDer(name!.content).flatMap(set =>
    readDer(set.content).map(attribute => {
      const [oid, value] = readDer(attribute.content);
      assert(oid && value, 'a name without value');
      return [readOid(oid.content), decodeText(value.tag, value.content)] as [string, string];
    }),
  );
}

export function subjectOf(certificate: X509Certificate): Subject {
  return readName(subjectDer(certificate));
}

/** The parts of a distinguished name that Kubernetes reads, from its DER. */
export function readName(bytes: Uint8Array): Subject {
  const attributes = nameAttributes(bytes);
  return {
    commonName: attributes.findLast(([oid]) => oid === oids.commonName)?.[1] ?? '',
    organizations: attributes.filter(([oid]) => oid === oids.organization).map(([, value]) => value),
  };
}

function decodeText(tag: number, content: Uint8Array): string {
  if (tag === 0x1e) return new TextDecoder('utf-16be').decode(content);
  return new TextDecoder('utf-8', { fatal: true }).decode(content);
}
