/** Certificates as Go's x509.ParseCertificates reads them, as far as its words tell of. */

import { X509Certificate } from 'node:crypto';
import { type Element, elementsOf, readElement } from './asn1.ts';

const integerTag = 0x02;
const bitStringTag = 0x03;
const sequenceTag = 0x30;
const versionTag = 0xa0;

/** What is wrong with one PEM block's certificates, which follow each other; undefined: nothing. */
export function issuedProblem(der: Uint8Array): string | undefined {
  if (der.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
  for (let rest = der; rest.length > 0; ) {
    const certificate = readElement(rest);
    if (certificate?.tag !== sequenceTag) return 'x509: malformed certificate';
    const problem = partsProblem(certificate) ?? readingProblem(certificate.bytes);
    if (problem) return problem;
    rest = certificate.rest;
  }
  return undefined;
}

function partsProblem({ content }: Element): string | undefined {
  const [body, algorithm, signature] = elementsOf(content);
  if (body?.tag !== sequenceTag) return 'x509: malformed tbs certificate';
  const fields = elementsOf(body.content);
  if (fields[0]?.tag === versionTag) fields.shift();
  const [serial, inner, issuer, validity, subject, key] = fields;
  if (serial?.tag !== integerTag) return 'x509: malformed serial number';
  const rows: readonly (readonly [Element | undefined, number, string])[] = [
    [inner, sequenceTag, 'signature algorithm identifier'],
    [algorithm, sequenceTag, 'algorithm identifier'],
    [issuer, sequenceTag, 'issuer'],
    [validity, sequenceTag, 'validity'],
    [subject, sequenceTag, 'subject'],
    [key, sequenceTag, 'spki'],
    [signature, bitStringTag, 'signature'],
  ];
  const bad = rows.find(([element, tag]) => element?.tag !== tag);
  return bad && `x509: malformed ${bad[2]}`;
}

/** What lies deeper, another reader judges. */
function readingProblem(bytes: Uint8Array): string | undefined {
  try {
    new X509Certificate(bytes);
    return undefined;
  } catch {
    return 'x509: malformed certificate';
  }
}
