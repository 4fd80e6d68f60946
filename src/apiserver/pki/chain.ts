import type { X509Certificate } from 'node:crypto';
import { clientAuthOid, extensionsOf } from './certificate.ts';
import { readDer } from './der.ts';

/** When all certificates of a chain are good. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const anyUsageOid = '2.5.29.37.0';
const basicConstraintsOid = '2.5.29.19';
const subjectAltNameOid = '2.5.29.17';
const nameConstraintsOid = '2.5.29.30';
/** What is looked at here or in signatures and names, or bounds nothing that is: the rest may not be critical. */
const knownExtensions = new Set([
  basicConstraintsOid,
  subjectAltNameOid,
  '2.5.29.14',
  '2.5.29.15',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.35',
  '2.5.29.37',
  '1.3.6.1.5.5.7.1.1',
]);
const brokenHashes = /md[245]|sha-?1(?!\d)/i;
/** A client chooses what it sends: so many signatures are looked at. */
const signaturesMax = 32;
const intermediatesMax = 16;

/**
 * When the client's certificate is good, by a chain of those that it came with to the authority; undefined where there is no
 * such chain now. As Go's verifier has it (RFC 5280, 6.1): each is signed by the next, which is an authority for so long a
 * chain, in its time and for clients' use.
 */
export function verifyClient(
  leaf: X509Certificate,
  authority: X509Certificate,
  nowMs: number,
): Validity | undefined {
  if (!isFit(leaf) || !isFit(authority)) return undefined;
  const search = new Search([authority, ...intermediatesOf(leaf)], nowMs);
  return search.from([leaf]);
}

function intermediatesOf(leaf: X509Certificate): X509Certificate[] {
  const found: X509Certificate[] = [];
  for (let next = leaf.issuerCertificate; next && found.length < intermediatesMax; ) {
    if (isFit(next)) found.push(next);
    next = next.issuerCertificate;
  }
  return found;
}

/** Depth first; the authority is the first of the issuers. */
class Search {
  readonly #issuers: readonly X509Certificate[];
  readonly #nowMs: number;
  #signatures = 0;

  constructor(issuers: readonly X509Certificate[], nowMs: number) {
    this.#issuers = issuers;
    this.#nowMs = nowMs;
  }

  from(chain: readonly X509Certificate[]): Validity | undefined {
    for (const issuer of this.#issuers) {
      if (!this.#signs(issuer, chain)) continue;
      const longer = [...chain, issuer];
      const validity = issuer === this.#issuers[0] ? this.#validityOf(longer) : this.from(longer);
      if (validity) return validity;
    }
    return undefined;
  }

  #signs(issuer: X509Certificate, chain: readonly X509Certificate[]): boolean {
    const last = chain.at(-1)!;
    if (chain.includes(issuer) || !last.checkIssued(issuer)) return false;
    if (!mayEnd(issuer, chain) || this.#signatures++ >= signaturesMax) return false;
    return last.verify(issuer.publicKey);
  }

  #validityOf(chain: readonly X509Certificate[]): Validity | undefined {
    const notBeforeMs = Math.max(...chain.map(one => Date.parse(one.validFrom)));
    const notAfterMs = Math.min(...chain.map(one => Date.parse(one.validTo)));
    const isNow = this.#nowMs >= notBeforeMs && this.#nowMs <= notAfterMs;
    return isNow ? { notBeforeMs, notAfterMs } : undefined;
  }
}

/** Whether a certificate may be in a chain at all, wherever. */
function isFit(certificate: X509Certificate): boolean {
  const { keyUsage: purposes, signatureAlgorithm } = certificate;
  const isForClients = !purposes || purposes.includes(clientAuthOid) || purposes.includes(anyUsageOid);
  if (!isForClients || brokenHashes.test(signatureAlgorithm ?? '')) return false;
  return extensionsOf(certificate).every(({ oid, critical }) => !critical || isKnown(oid));
}

/** Names are constrained where there are names: that is found out with the chain. */
function isKnown(oid: string): boolean {
  return knownExtensions.has(oid) || oid === nameConstraintsOid;
}

/** Whether it is an authority that may stand above so many. */
function mayEnd(issuer: X509Certificate, chain: readonly X509Certificate[]): boolean {
  if (!issuer.ca) return false;
  const extensions = extensionsOf(issuer);
  const lengthMax = pathLength(extensions.find(({ oid }) => oid === basicConstraintsOid)?.value);
  if (lengthMax !== undefined && chain.length - 1 > lengthMax) return false;
  // Which names an authority may give is not worked out: where it gives any, it is not believed.
  if (!extensions.some(({ oid }) => oid === nameConstraintsOid)) return true;
  return !chain.some(one => extensionsOf(one).some(({ oid }) => oid === subjectAltNameOid));
}

/** BasicConstraints: whether it is an authority, and how many of them there may be below it. */
function pathLength(value: Uint8Array | undefined): number | undefined {
  const [constraints] = value ? readDer(value) : [];
  const length = constraints && readDer(constraints.content).find(({ tag }) => tag === 0x02);
  return length?.content.reduce((sum, byte) => sum * 256 + byte, 0);
}
