import assert from 'node:assert/strict';
import { type KeyObject, X509Certificate, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { verifyClient } from './chain.ts';
import { der } from './der.ts';

const hourMs = 3600_000;
const now = Date.parse('2030-01-01T00:00:00Z');
const ecdsaWithSha256 = der.sequence(der.oid('1.2.840.10045.4.3.2'));

interface Made {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  readonly name: Uint8Array;
}

interface Wanted {
  readonly extensions?: readonly Uint8Array[];
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly key?: KeyObject;
}

const nameOf = (text: string) => der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(text))));
const extension = (oid: string, value: Uint8Array, critical = false) =>
  der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
const authority = (...pathLength: number[]) =>
  extension(
    '2.5.29.19',
    der.sequence(der.boolean(true), ...pathLength.map(length => der.integer(Uint8Array.of(length)))),
    true,
  );
const purpose = (oid: string) => extension('2.5.29.37', der.sequence(der.oid(oid)));
const clientAuth = purpose('1.3.6.1.5.5.7.3.2');
const serverAuth = purpose('1.3.6.1.5.5.7.3.1');
const dnsName = extension(
  '2.5.29.17',
  der.sequence(der.contextPrimitive(2, new TextEncoder().encode('a.b'))),
);
const keyUsage = (bits: number) => extension('2.5.29.15', der.bitString(Uint8Array.of(bits)), true);

/** A certificate of `text`; without an issuer, it signs itself. */
function make(text: string, issuer: Made | undefined, wanted: Wanted = {}): Made {
  const key = wanted.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { extensions = [], fromMs = now - hourMs, toMs = now + hourMs } = wanted;
  const name = nameOf(text);
  const tbs = der.sequence(
    der.context(0, der.integer(Uint8Array.of(2))),
    der.integer(Uint8Array.of(1)),
    ecdsaWithSha256,
    issuer?.name ?? name,
    der.sequence(der.time(fromMs), der.time(toMs)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der.context(3, der.sequence(...extensions))] : []),
  );
  const signature = sign('sha256', tbs, { key: issuer?.key ?? key, dsaEncoding: 'der' });
  const bytes = der.sequence(tbs, ecdsaWithSha256, der.bitString(signature));
  return { certificate: new X509Certificate(bytes), key, name };
}

/** A client's certificate as TLS hands it out, with those that came after it. */
function sent(leaf: Made, ...more: Made[]): X509Certificate {
  const copies = [leaf, ...more].map(({ certificate }) => new X509Certificate(certificate.raw));
  for (const [i, copy] of copies.entries()) {
    Object.defineProperty(copy, 'issuerCertificate', { value: copies[i + 1] });
  }
  return copies[0]!;
}

const root = make('root', undefined, { extensions: [authority()] });
const between = make('between', root, { extensions: [authority()] });
const isBelieved = (leaf: X509Certificate, by = root) =>
  verifyClient(leaf, by.certificate, now) !== undefined;

test('a client is believed by the authority, or by others in its name that it shows', () => {
  const deeper = make('deeper', between, { extensions: [authority()] });
  const leaf = make('leaf', deeper);
  assert.ok(isBelieved(sent(make('leaf', root))));
  assert.ok(isBelieved(sent(make('leaf', between), between)));
  assert.ok(isBelieved(sent(leaf, deeper, between)));
  assert.ok(isBelieved(sent(leaf, between, root, deeper)), 'in whatever order');
  assert.equal(isBelieved(sent(leaf, deeper)), false, 'with a gap');
  assert.equal(isBelieved(sent(leaf)), false);
  const stranger = make('root', undefined, { extensions: [authority()] });
  assert.equal(isBelieved(sent(make('leaf', stranger), stranger)), false, 'of the same name alone');
  assert.equal(isBelieved(sent(make('leaf', make('between', stranger)), between)), false);
});

test('only an authority signs for others, and only so many below it', () => {
  const plain = make('plain', root);
  assert.equal(isBelieved(sent(make('leaf', plain), plain)), false);
  const noSigner = make('no-signer', root, { extensions: [authority(), keyUsage(0x80)] });
  assert.equal(isBelieved(sent(make('leaf', noSigner), noSigner)), false);
  const narrow = make('narrow', root, { extensions: [authority(0)] });
  assert.ok(isBelieved(sent(make('leaf', narrow), narrow)));
  const below = make('below', narrow, { extensions: [authority()] });
  assert.equal(isBelieved(sent(make('leaf', below), below, narrow)), false);
  const narrowRoot = make('root', undefined, { extensions: [authority(0)] });
  const child = make('child', narrowRoot, { extensions: [authority()] });
  assert.ok(isBelieved(sent(make('leaf', narrowRoot)), narrowRoot));
  assert.equal(isBelieved(sent(make('leaf', child), child), narrowRoot), false);
});

test('each certificate is for clients, or for anything', () => {
  assert.ok(isBelieved(sent(make('leaf', root, { extensions: [clientAuth] }))));
  assert.ok(isBelieved(sent(make('leaf', root, { extensions: [purpose('2.5.29.37.0')] }))));
  assert.equal(isBelieved(sent(make('leaf', root, { extensions: [serverAuth] }))), false);
  const servers = make('servers', root, { extensions: [authority(), serverAuth] });
  assert.equal(isBelieved(sent(make('leaf', servers), servers)), false);
});

test('what is critical and unknown is not believed, nor names that an authority constrains', () => {
  const odd = extension('1.2.3.4', der.utf8('x'), true);
  assert.equal(isBelieved(sent(make('leaf', root, { extensions: [odd] }))), false);
  assert.ok(isBelieved(sent(make('leaf', root, { extensions: [extension('1.2.3.4', der.utf8('x'))] }))));
  const constraints = extension('2.5.29.30', der.sequence(), true);
  const constrained = make('constrained', root, { extensions: [authority(), constraints] });
  assert.ok(isBelieved(sent(make('leaf', constrained), constrained)));
  const named = make('leaf', constrained, { extensions: [dnsName] });
  assert.equal(isBelieved(sent(named, constrained)), false);
});

test('a chain is good for as long as all of it is', () => {
  const brief = make('brief', root, {
    extensions: [authority()],
    fromMs: now - 1000,
    toMs: now + 1000,
  });
  const leaf = sent(make('leaf', brief), brief);
  const expected = { notBeforeMs: now - 1000, notAfterMs: now + 1000 };
  assert.deepEqual(verifyClient(leaf, root.certificate, now), expected);
  assert.equal(verifyClient(leaf, root.certificate, now + 2000), undefined);
  assert.equal(verifyClient(leaf, root.certificate, now - 2000), undefined);
  const renewed = make('brief', root, { extensions: [authority()], key: brief.key });
  const both = sent(make('leaf', brief), brief, renewed);
  assert.ok(verifyClient(both, root.certificate, now + 2000), 'by the one that goes on');
});

test('a client that sends many authorities of one name makes little work', () => {
  const names = Array.from({ length: 40 }, () => make('between', root, { extensions: [authority()] }));
  const leaf = make('leaf', make('between', undefined, { extensions: [authority()] }));
  assert.equal(isBelieved(sent(leaf, ...names)), false);
  assert.ok(isBelieved(sent(make('leaf', names[3]!), ...names)));
});

test('a chain that was changed anywhere is not believed', () => {
  const leaf = make('leaf', between, { extensions: [clientAuth, dnsName] });
  const changed = (made: Made, at: number): Made | undefined => {
    const bytes = Uint8Array.from(made.certificate.raw);
    bytes[at]! ^= 1 << (at % 8);
    try {
      return { ...made, certificate: new X509Certificate(bytes) };
    } catch {
      return undefined;
    }
  };
  const believed = (certificate: X509Certificate) => {
    try {
      return isBelieved(certificate);
    } catch (error) {
      assert.ok(error instanceof Error);
      return false;
    }
  };
  for (let at = 0; at < leaf.certificate.raw.length; at++) {
    const other = changed(leaf, at);
    if (other) assert.equal(believed(sent(other, between)), false, `the client's, byte ${at}`);
  }
  for (let at = 0; at < between.certificate.raw.length; at++) {
    const other = changed(between, at);
    if (other) assert.equal(believed(sent(leaf, other)), false, `the one above it, byte ${at}`);
  }
});
