/**
 * The public key of a request, and the signature that shows who has its private key: what Go's x509 finds wrong with
 * them, in its words.
 */
import { type KeyObject, constants, createPublicKey, verify } from 'node:crypto';
import { own, table } from '#base/members.ts';
import { type Element, elementsOf, readElement, rightAligned } from './asn1.ts';

const sequence = 0x30;
const integer = 0x02;
const objectIdentifier = 0x06;

/** Keys by their OIDs, as DER has them. */
const keyKinds = table({
  '2a864886f70d010101': 'RSA',
  '2a8648ce3d0201': 'ECDSA',
  '2b6570': 'Ed25519',
  '2b656e': 'X25519',
  '2a8648ce380401': 'DSA',
});

interface Curve {
  readonly name: string;
  readonly prime: bigint;
}

const curves = table<Curve>({
  '2b81040021': { name: 'P224', prime: 2n ** 224n - 2n ** 96n + 1n },
  '2a8648ce3d030107': { name: 'P256', prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n },
  '2b81040022': { name: 'P384', prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n },
  '2b81040023': { name: 'P521', prime: 2n ** 521n - 1n },
});

/** The parts of a SubjectPublicKeyInfo in good form. */
interface KeyParts {
  readonly kind: string | undefined;
  /** The element of the algorithm's parameters; empty where there is none. */
  readonly parameters: Uint8Array;
  readonly data: Uint8Array;
}

function keyParts(key: Element): KeyParts {
  const [algorithm, bits] = elementsOf(key.content);
  const [id, parameters] = elementsOf(algorithm!.content);
  const kind = own(keyKinds, id!.content.toHex());
  return { kind, parameters: parameters?.bytes ?? new Uint8Array(), data: rightAligned(bits!.content) };
}

/** What is wrong with a key, a SubjectPublicKeyInfo in good form; kinds that are not known are not looked at. */
export function keyProblem(key: Element): string | undefined {
  const { kind, parameters, data } = keyParts(key);
  switch (kind) {
    case 'RSA':
      return parameters.toHex() === '0500' ? rsaProblem(data) : 'x509: RSA key missing NULL parameters';
    case 'ECDSA':
      return pointProblem(parameters, data, key);
    case 'Ed25519':
      if (parameters.length > 0) return 'x509: Ed25519 key encoded with illegal parameters';
      return data.length === 32 ? undefined : 'x509: wrong Ed25519 public key size';
    case 'X25519':
      if (parameters.length > 0) return 'x509: X25519 key encoded with illegal parameters';
      return data.length === 32 ? undefined : 'crypto/ecdh: invalid public key';
    case 'DSA':
      return dsaProblem(parameters, data);
    default:
      return undefined;
  }
}

/** The value of an INTEGER; undefined where the element is none. */
function integerOf(element: Element | undefined): bigint | undefined {
  if (element?.tag !== integer) return undefined;
  const [first, second] = element.content;
  if (first === undefined) return undefined;
  const isPadded = second !== undefined && first === (second & 0x80 ? 0xff : 0);
  if (isPadded) return undefined;
  return BigInt.asIntN(element.content.length * 8, BigInt(`0x${element.content.toHex()}`));
}

function rsaProblem(data: Uint8Array): string | undefined {
  const outer = readElement(data);
  if (outer?.tag !== sequence) return 'x509: invalid RSA public key';
  const [modulus, exponent] = elementsOf(outer.content).slice(0, 2).map(integerOf);
  if (modulus === undefined) return 'x509: invalid RSA modulus';
  if (exponent === undefined || BigInt.asIntN(64, exponent) !== exponent)
    return 'x509: invalid RSA public exponent';
  if (modulus <= 0n) return 'x509: RSA modulus is not a positive number';
  return exponent <= 0n ? 'x509: RSA public exponent is not a positive number' : undefined;
}

function pointProblem(parameters: Uint8Array, data: Uint8Array, key: Element): string | undefined {
  const named = readElement(parameters);
  if (named?.tag !== objectIdentifier || named.content.length === 0) return 'x509: invalid ECDSA parameters';
  const curve = own(curves, named.content.toHex());
  if (!curve) return 'x509: unsupported elliptic curve';
  const { name, prime } = curve;
  if (data[0] !== 4) return 'ecdsa: invalid uncompressed public key';
  const size = Math.ceil((prime - 1n).toString(16).length / 2);
  if (data.length !== 1 + 2 * size) return `invalid ${name} point encoding`;
  const numbers = [data.subarray(1, 1 + size), data.subarray(1 + size)];
  if (numbers.some(bytes => BigInt(`0x${bytes.toHex()}`) >= prime)) return `invalid ${name}Element encoding`;
  return publicKeyOf(key) ? undefined : `${name} point not on curve`;
}

function dsaProblem(parameters: Uint8Array, data: Uint8Array): string | undefined {
  const y = integerOf(readElement(data));
  if (y === undefined) return 'x509: invalid DSA public key';
  const outer = readElement(parameters);
  const numbers = outer?.tag === sequence ? elementsOf(outer.content).slice(0, 3).map(integerOf) : [];
  if (numbers.length < 3 || numbers.includes(undefined)) return 'x509: invalid DSA parameters';
  const isPositive = [y, ...numbers].every(number => number! > 0n);
  return isPositive ? undefined : 'x509: zero or negative DSA parameter';
}

/** The key as OpenSSL reads it; undefined where it does not. */
function publicKeyOf({ bytes }: Element): KeyObject | undefined {
  return attempt(() => createPublicKey({ key: Buffer.from(bytes), type: 'spki', format: 'der' }));
}

function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

interface Algorithm {
  readonly name: string;
  readonly key: string;
  /** Absent: the key's own. */
  readonly hash?: string;
  /** Of PSS, whose salt is as long as the hash. */
  readonly saltLength?: number;
}

const pss = '2a864886f70d01010a';
const algorithms = table<Algorithm>({
  '2a864886f70d010104': { name: 'MD5-RSA', key: 'RSA', hash: 'md5' },
  '2a864886f70d010105': { name: 'SHA1-RSA', key: 'RSA', hash: 'sha1' },
  '2b0e03021d': { name: 'SHA1-RSA', key: 'RSA', hash: 'sha1' },
  '2a864886f70d01010b': { name: 'SHA256-RSA', key: 'RSA', hash: 'sha256' },
  '2a864886f70d01010c': { name: 'SHA384-RSA', key: 'RSA', hash: 'sha384' },
  '2a864886f70d01010d': { name: 'SHA512-RSA', key: 'RSA', hash: 'sha512' },
  '2a8648ce380403': { name: 'DSA-SHA1', key: 'DSA', hash: 'sha1' },
  '608648016503040302': { name: 'DSA-SHA256', key: 'DSA', hash: 'sha256' },
  '2a8648ce3d0401': { name: 'ECDSA-SHA1', key: 'ECDSA', hash: 'sha1' },
  '2a8648ce3d040302': { name: 'ECDSA-SHA256', key: 'ECDSA', hash: 'sha256' },
  '2a8648ce3d040303': { name: 'ECDSA-SHA384', key: 'ECDSA', hash: 'sha384' },
  '2a8648ce3d040304': { name: 'ECDSA-SHA512', key: 'ECDSA', hash: 'sha512' },
  '2b6570': { name: 'Ed25519', key: 'Ed25519' },
});

/** Parameters of PSS: the hash, MGF1 with the same hash, the length of the salt, and the trailer that all have. */
const pssHashes: readonly (readonly [oid: string, hash: string, saltLength: number])[] = [
  ['608648016503040201', 'sha256', 32],
  ['608648016503040202', 'sha384', 48],
  ['608648016503040203', 'sha512', 64],
];

function pssAlgorithm(parameters: string): Algorithm | undefined {
  const [, oid, mask, salt] =
    /^30..a0..30..0609(.{18})(?:0500)?a1..30..06092a864886f70d01010830..0609(.{18})(?:0500)?a2030201(..)(?:a303020101)?$/.exec(
      parameters,
    ) ?? [];
  const known = pssHashes.find(one => one[0] === oid && oid === mask && one[2] === Number(`0x${salt}`));
  return known && { name: '', key: 'RSA', hash: known[1], saltLength: known[2] };
}

function algorithmOf(content: Uint8Array): Algorithm | undefined {
  const [id, parameters] = elementsOf(content);
  const oid = id!.content.toHex();
  if (oid === pss) return pssAlgorithm(parameters?.bytes.toHex() ?? '');
  const known = own(algorithms, oid);
  return known?.key === 'Ed25519' && parameters ? undefined : known;
}

/** What Go's %T calls keys. */
const goTypes = table({ RSA: '*rsa.PublicKey', ECDSA: '*ecdsa.PublicKey', Ed25519: 'ed25519.PublicKey' });

const unimplemented = 'x509: cannot verify signature: algorithm unimplemented';

/** What was signed, and how. */
interface Signed {
  readonly signed: Uint8Array;
  /** The content of an AlgorithmIdentifier. */
  readonly algorithm: Uint8Array;
  /** The content of a BIT STRING. */
  readonly signature: Uint8Array;
}

/** What is wrong with a signature by a key that is good. */
export function signatureProblem(key: Element, { signed, algorithm, signature }: Signed): string | undefined {
  const how = algorithmOf(algorithm);
  if (!how) return unimplemented;
  if (how.hash === 'md5') return `x509: cannot verify signature: insecure algorithm ${how.name}`;
  const { kind = '', data } = keyParts(key);
  const type = own(goTypes, kind);
  if (!type) return unimplemented;
  if (how.key !== kind)
    return `x509: signature algorithm specifies an ${how.key} public key, but have public key of type ${type}`;
  const weakness = kind === 'RSA' ? rsaWeakness(data) : undefined;
  if (weakness !== undefined) return weakness;
  if (isSigned(key, how, signed, rightAligned(signature))) return undefined;
  return kind === 'RSA' ? 'crypto/rsa: verification error' : `x509: ${kind} verification failure`;
}

/** Why a key of RSA verifies nothing. */
function rsaWeakness(data: Uint8Array): string | undefined {
  const [modulus = 0n, exponent = 0n] = elementsOf(readElement(data)!.content).slice(0, 2).map(integerOf);
  const bits = modulus.toString(2).length;
  if (bits < 1024)
    return `crypto/rsa: ${bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`;
  if (modulus % 2n === 0n) return 'crypto/rsa: public modulus is even';
  if (exponent < 2n) return 'crypto/rsa: public exponent too small or negative';
  if (exponent % 2n === 0n) return 'crypto/rsa: public exponent is even';
  return exponent > 2n ** 31n - 1n ? 'crypto/rsa: public exponent too large' : undefined;
}

function isSigned(by: Element, how: Algorithm, signed: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKeyOf(by);
  if (!key) return false;
  const { hash = null, saltLength } = how;
  const padding = saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return attempt(() => verify(hash, signed, { key, ...padding }, signature)) ?? false;
}
