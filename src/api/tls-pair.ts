/** Whether a certificate and a private key are a pair, in the words of Go's crypto/tls, since clients show them. */
import { type KeyObject, X509Certificate, createPrivateKey } from 'node:crypto';
import { type PemBlock, pemBlocks } from '#machinery/pem.ts';

const wrong = 'after skipping PEM blocks of the following types';

const isKey = ({ type }: PemBlock) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');
const typesOf = (blocks: readonly PemBlock[]) => `[${blocks.map(block => block.type).join(' ')}]`;

function noCertificate(blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in certificate input';
  return blocks.length === 1 && isKey(blocks[0]!)
    ? 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
    : `tls: failed to find "CERTIFICATE" PEM block in certificate input ${wrong}: ${typesOf(blocks)}`;
}

function noKey(blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in key input';
  return blocks.length === 1 && blocks[0]!.type === 'CERTIFICATE'
    ? 'tls: found a certificate rather than a key in the PEM for the private key'
    : `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ${wrong}: ${typesOf(blocks)}`;
}

/** What OpenSSL makes of bytes that a client sent; undefined where they are not what they should be. */
function parsed<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function privateKey(bytes: Uint8Array): KeyObject | undefined {
  const der = Buffer.from(bytes);
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    const key = parsed(() => createPrivateKey({ key: der, format: 'der', type }));
    if (key) return key;
  }
  return undefined;
}

/** What is wrong with the two PEM texts as a server's pair; undefined when nothing is. */
export function tlsPairProblem(certificatePem: string, keyPem: string): string | undefined {
  const certificates = pemBlocks(certificatePem);
  const first = certificates.find(block => block.type === 'CERTIFICATE');
  if (!first) return noCertificate(certificates);
  const keys = pemBlocks(keyPem);
  const own = keys.find(isKey);
  if (!own) return noKey(keys);
  const certificate = parsed(() => new X509Certificate(first.der));
  if (!certificate) return 'x509: malformed certificate';
  const key = privateKey(own.der);
  if (!key) return 'tls: failed to parse private key';
  if (certificate.publicKey.asymmetricKeyType !== key.asymmetricKeyType) {
    return 'tls: private key type does not match public key type';
  }
  return certificate.checkPrivateKey(key) ? undefined : 'tls: private key does not match public key';
}
