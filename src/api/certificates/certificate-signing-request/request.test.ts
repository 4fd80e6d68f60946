import assert from 'node:assert/strict';
import { type KeyObject, constants, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom, randomInt } from '#base/random.ts';
import { requestProblem } from './request.ts';
import { requestBody } from './testing.ts';

const good = Uint8Array.fromBase64(requestBody);

/** The good request with other bytes from `at` on. */
function changed(at: number, ...bytes: number[]): Uint8Array {
  const der = good.slice();
  der.set(bytes, at);
  return der;
}

const params =
  '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';

test("what is no request is refused in Go's words", () => {
  // What Go's x509.ParseCertificateRequest and CheckSignature say of each.
  const said: readonly [Uint8Array, string | undefined][] = [
    [good, undefined],
    [new Uint8Array(), 'asn1: syntax error: sequence truncated'],
    [Uint8Array.of(0), 'asn1: syntax error: truncated tag or length'],
    [
      Uint8Array.of(2, 1, 5),
      `asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false}) ${params} certificateRequest @2`,
    ],
    [good.subarray(0, 100), 'asn1: syntax error: data truncated'],
    [Uint8Array.of(...good, 0), 'asn1: syntax error: trailing data'],
    [changed(1, 0x80), 'asn1: syntax error: indefinite length found (not DER)'],
    [
      changed(5, 4),
      `asn1: structure error: tags don't match (2 vs {class:0 tag:4 length:1 isCompound:false}) ${params} int @2`,
    ],
    [changed(11, 0x30), 'asn1: syntax error: truncated sequence'],
    [
      changed(14, 0x31),
      `asn1: structure error: tags don't match (6 vs {class:0 tag:17 length:3 isCompound:true}) ${params} ObjectIdentifier @2`,
    ],
    [changed(17, 0x80), 'asn1: syntax error: integer is not minimally encoded'],
    [changed(19, 0x13), 'x509: ECDSA verification failure'],
    [changed(21, 0xff), 'asn1: invalid UTF-8 string'],
  ];
  for (const [der, problem] of said) assert.equal(requestProblem(der), problem);
});

/** How Go's packages begin what they say. */
const words = /^(?:asn1|x509|ecdsa|crypto\/(?:rsa|ecdh)): |^(?:invalid )?P\d{3}/;

test('no bytes make it throw, and a request that is cut short is none', () => {
  for (let length = 0; length < good.length; length++) {
    assert.match(requestProblem(good.subarray(0, length)) ?? '', /^asn1: /);
  }
  const random = new SeededRandom(1);
  for (let round = 0; round < 5_000; round++) {
    const der = good.slice();
    for (let i = 0; i <= randomInt(random, 4); i++)
      der[randomInt(random, der.length)] = randomInt(random, 256);
    const problem = requestProblem(der);
    assert.match(problem ?? 'asn1: ', words);
  }
});

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.of(tag, ...size, ...parts.flatMap(part => [...part]));
}
const hex = (text: string) => Uint8Array.fromHex(text);
const oid = (text: string) => element(6, hex(text));
const bits = (content: Uint8Array) => element(3, Uint8Array.of(0), content);
const sequence = (...parts: readonly Uint8Array[]) => element(0x30, ...parts);
const none = hex('0500');
const algorithms = {
  sha256Rsa: sequence(oid('2a864886f70d01010b'), none),
  sha1Rsa: sequence(oid('2a864886f70d010105'), none),
  md5Rsa: sequence(oid('2a864886f70d010104'), none),
  pss: sequence(
    oid('2a864886f70d01010a'),
    hex(
      '3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120',
    ),
  ),
  sha384Ecdsa: sequence(oid('2a8648ce3d040303')),
  ed25519: sequence(oid('2b6570')),
  unknown: sequence(oid('2a0304')),
};

interface Made {
  readonly key: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly sign?: (info: Uint8Array) => Uint8Array;
  readonly attributes?: readonly Uint8Array[];
}

function made({ key, algorithm, sign: by = () => hex('00'), attributes = [] }: Made): string | undefined {
  const info = sequence(hex('020100'), sequence(), key, element(0xa0, ...attributes));
  return requestProblem(sequence(info, algorithm, bits(by(info))));
}

const exported = (key: KeyObject) => Uint8Array.from(key.export({ type: 'spki', format: 'der' }));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 512 });
const ec = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const edwards = generateKeyPairSync('ed25519');

test('whoever asks has the key, of a kind that Go knows', () => {
  const { sha256Rsa, sha1Rsa, md5Rsa, pss, sha384Ecdsa, ed25519, unknown } = algorithms;
  const byRsa =
    (hash: string, options = {}) =>
    (info: Uint8Array) =>
      sign(hash, info, { key: rsa.privateKey, ...options });
  const withPss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const mismatch = (wanted: string, found: string) =>
    `x509: signature algorithm specifies an ${wanted} public key, but have public key of type ${found}`;
  const key = exported(rsa.publicKey);
  const point = exported(ec.publicKey);
  const told: readonly [Made, string | undefined][] = [
    [{ key, algorithm: sha256Rsa, sign: byRsa('sha256') }, undefined],
    [{ key, algorithm: sha1Rsa, sign: byRsa('sha1') }, undefined],
    [{ key, algorithm: pss, sign: byRsa('sha256', withPss) }, undefined],
    [{ key, algorithm: sha256Rsa, sign: byRsa('sha512') }, 'crypto/rsa: verification error'],
    [{ key, algorithm: md5Rsa }, 'x509: cannot verify signature: insecure algorithm MD5-RSA'],
    [{ key, algorithm: sha384Ecdsa }, mismatch('ECDSA', '*rsa.PublicKey')],
    [{ key, algorithm: unknown }, 'x509: cannot verify signature: algorithm unimplemented'],
    [
      { key: exported(weak.publicKey), algorithm: sha256Rsa },
      'crypto/rsa: 512-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)',
    ],
    [{ key: point, algorithm: sha384Ecdsa, sign: info => sign('sha384', info, ec.privateKey) }, undefined],
    [{ key: point, algorithm: sha384Ecdsa }, 'x509: ECDSA verification failure'],
    [{ key: exported(koblitz.publicKey), algorithm: sha384Ecdsa }, 'x509: unsupported elliptic curve'],
    [
      {
        key: exported(edwards.publicKey),
        algorithm: ed25519,
        sign: info => sign(null, info, edwards.privateKey),
      },
      undefined,
    ],
    [{ key: exported(edwards.publicKey), algorithm: ed25519 }, 'x509: Ed25519 verification failure'],
    [{ key: exported(edwards.publicKey), algorithm: sha256Rsa }, mismatch('RSA', 'ed25519.PublicKey')],
  ];
  for (const [one, problem] of told) assert.equal(made(one), problem);
});

test('a key that is none is refused for what it lacks', () => {
  const rsaOid = oid('2a864886f70d010101');
  const ecOid = oid('2a8648ce3d0201');
  const p256 = oid('2a8648ce3d030107');
  const rsaKey = (modulus: string, exponent: string) =>
    sequence(sequence(rsaOid, none), bits(sequence(element(2, hex(modulus)), element(2, hex(exponent)))));
  const ecKey = (point: string) => sequence(sequence(ecOid, p256), bits(hex(point)));
  const large = `00${'ff'.repeat(128)}`;
  const told: readonly [Uint8Array, string][] = [
    [sequence(sequence(rsaOid), bits(hex('00'))), 'x509: RSA key missing NULL parameters'],
    [sequence(sequence(rsaOid, none), bits(hex('00'))), 'x509: invalid RSA public key'],
    [rsaKey('0001', '03'), 'x509: invalid RSA modulus'],
    [rsaKey('03', '0003'), 'x509: invalid RSA public exponent'],
    [rsaKey('80', '03'), 'x509: RSA modulus is not a positive number'],
    [rsaKey('03', '00'), 'x509: RSA public exponent is not a positive number'],
    [rsaKey(`${large.slice(0, -2)}fe`, '03'), 'crypto/rsa: public modulus is even'],
    [rsaKey(large, '04'), 'crypto/rsa: public exponent is even'],
    [rsaKey(large, '0100000001'), 'crypto/rsa: public exponent too large'],
    [sequence(sequence(ecOid, none), bits(hex('04'))), 'x509: invalid ECDSA parameters'],
    [ecKey(`02${'11'.repeat(32)}`), 'ecdsa: invalid uncompressed public key'],
    [ecKey(`04${'11'.repeat(63)}`), 'invalid P256 point encoding'],
    [ecKey(`04${'ff'.repeat(64)}`), 'invalid P256Element encoding'],
    [ecKey(`04${'11'.repeat(64)}`), 'P256 point not on curve'],
    [sequence(sequence(oid('2b6570')), bits(hex('11'))), 'x509: wrong Ed25519 public key size'],
    [
      sequence(sequence(oid('2b6570'), none), bits(hex('11'.repeat(32)))),
      'x509: Ed25519 key encoded with illegal parameters',
    ],
    [
      sequence(sequence(oid('2b656e')), bits(hex('11'.repeat(32)))),
      'x509: cannot verify signature: algorithm unimplemented',
    ],
  ];
  for (const [key, problem] of told) assert.equal(made({ key, algorithm: algorithms.sha256Rsa }), problem);
});

test('extensions that are asked for can be read, and come once', () => {
  const names = (...parts: readonly Uint8Array[]) => sequence(oid('551d11'), element(4, sequence(...parts)));
  const asked = (...extensions: readonly Uint8Array[]) =>
    made({
      key: exported(edwards.publicKey),
      algorithm: algorithms.ed25519,
      sign: info => sign(null, info, edwards.privateKey),
      attributes: [sequence(oid('2a864886f70d01090e'), element(0x31, sequence(...extensions)))],
    });
  const good = names(element(0x82, hex('61')), element(0x87, hex('7f000001')));
  assert.equal(asked(good), undefined);
  assert.equal(asked(sequence(oid('551d11'), hex('0101ff'), element(4, sequence()))), undefined);
  assert.equal(asked(good, good), 'x509: certificate request contains duplicate requested extensions');
  assert.equal(asked(names(element(0x82, hex('c3a9')))), 'x509: SAN dNSName is malformed');
  assert.equal(asked(names(element(0x87, hex('7f')))), 'x509: cannot parse IP address of length 1');
  assert.equal(asked(sequence(oid('551d11'), hex('0400'))), 'x509: invalid subject alternative names');
  assert.match(asked(sequence(oid('551d11'))) ?? '', /^asn1: syntax error: sequence truncated/);
});
