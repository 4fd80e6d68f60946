import { type KeyObject, createPublicKey, verify } from 'node:crypto';
import { assert } from '#base/assert.ts';
import { ipToString } from '#machinery/ip.ts';
import { pemBlocks } from '#machinery/pem.ts';
import { type AlternativeNames, type Subject, readName } from './certificate.ts';
import { type DerNode, readDer, readOid } from './der.ts';

/** What somebody asks to be certified (PKCS #10, RFC 2986). */
export interface CertificateRequest {
  readonly subject: Subject;
  /** The DER of the subject, with what `subject` leaves out. */
  readonly subjectDer: Uint8Array;
  readonly publicKey: KeyObject;
  readonly alternativeNames: Required<AlternativeNames>;
}

const extensionRequest = '1.2.840.113549.1.9.14';
const subjectAltName = '2.5.29.17';

/** Digests by the signature's algorithm; null where the key's own algorithm has one (Ed25519). */
const digests: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

const requestTypes = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']);

/** The parts of the PEM of a request. */
function requestParts(pem: string): DerNode[] {
  const block = pemBlocks(pem).find(({ type }) => requestTypes.has(type));
  assert(block, 'PEM block type must be CERTIFICATE REQUEST');
  const [outer] = readDer(Buffer.from(block.der));
  return readDer(outer!.content);
}

/** Whom a request is for; who made it is not asked. Throws on what is none. */
export function readRequestedSubject(pem: string): Subject {
  const [info] = requestParts(pem);
  const [, subject] = info ? readDer(info.content) : [];
  assert(subject, 'the request is cut short');
  return readName(subject.bytes);
}

/** Reads the PEM of a request and checks that whoever made it has the key. Throws on what is none. */
export function readCertificateRequest(pem: string): CertificateRequest {
  const [info, algorithm, signature] = requestParts(pem);
  assert(info && algorithm && signature?.tag === 0x03, 'the request is cut short');
  const [, subject, spki, attributes] = readDer(info.content);
  assert(subject && spki, 'the request is cut short');
  const publicKey = createPublicKey({ key: Buffer.from(spki.bytes), type: 'spki', format: 'der' });
  const digest = digests[readOid(readDer(algorithm.content)[0]!.content)];
  assert(digest !== undefined, 'the signature has an algorithm that is not known');
  const isOwn = verify(digest, info.bytes, publicKey, signature.content.subarray(1));
  assert(isOwn, 'the signature is not of the key that is to be certified');
  return {
    subject: readName(subject.bytes),
    subjectDer: subject.bytes,
    publicKey,
    alternativeNames: readAlternativeNames(attributes),
  };
}

function readAlternativeNames(attributes: DerNode | undefined): Required<AlternativeNames> {
  const names = { dnsNames: [], ips: [], emails: [], uris: [] } as Record<keyof AlternativeNames, string[]>;
  const text = new TextDecoder();
  for (const { tag, content } of attributes ? requestedNames(attributes) : []) {
    if (tag === 0x81) names.emails.push(text.decode(content));
    else if (tag === 0x82) names.dnsNames.push(text.decode(content));
    else if (tag === 0x86) names.uris.push(text.decode(content));
    else if (tag === 0x87) names.ips.push(addressText(content));
  }
  return names;
}

function addressText(bytes: Uint8Array): string {
  assert(bytes.length === 4 || bytes.length === 16, 'an IP address has 4 or 16 bytes');
  return ipToString({ bytes });
}

/** The general names of the extension that the attributes ask for. */
function requestedNames(attributes: DerNode): DerNode[] {
  for (const attribute of readDer(attributes.content)) {
    const [oid, values] = readDer(attribute.content);
    if (!oid || !values || readOid(oid.content) !== extensionRequest) continue;
    for (const extension of readDer(readDer(values.content)[0]!.content)) {
      const parts = readDer(extension.content);
      if (readOid(parts[0]!.content) !== subjectAltName) continue;
      return readDer(readDer(parts.at(-1)!.content)[0]!.content);
    }
  }
  return [];
}
