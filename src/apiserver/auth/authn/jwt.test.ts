import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { importSPKI, jwtVerify } from 'jose';
import { createPublicKey } from 'node:crypto';
import { generateKeyPem } from '../../pki/certificate.ts';
import { JwtKey, peekClaims } from './jwt.ts';

const pem = generateKeyPem();
const key = new JwtKey(pem);

test('any other implementation believes our tokens', async () => {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;
  const token = key.sign({ iss: 'us', sub: 'ü' });
  const { payload, protectedHeader } = await jwtVerify(token, await importSPKI(spki, 'ES256'));
  assert.deepEqual(payload, { iss: 'us', sub: 'ü' });
  assert.deepEqual(protectedHeader, { alg: 'ES256', kid: key.keyId });
  assert.deepEqual(key.verify(token), { iss: 'us', sub: 'ü' });
});

test('a key believes its own tokens alone, and only whole ones', () => {
  const token = key.sign({ sub: 'x' });
  assert.equal(new JwtKey(generateKeyPem()).verify(token), undefined);
  fc.assert(
    fc.property(
      fc.nat(token.length - 1),
      fc.constantFrom('A', 'b', '9', '_', '.', ' ', 'é'),
      (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        const sameBytes = changed
          .split('.')
          .every((part, i) =>
            Buffer.from(part, 'base64url').equals(Buffer.from(token.split('.')[i]!, 'base64url')),
          );
        if (changed !== token && !sameBytes) assert.equal(key.verify(changed), undefined);
      },
    ),
  );
});

test('any text is a token or none, and never an error', () => {
  const part = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map(text => Buffer.from(text).toString('base64url')),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), parts => {
      const token = parts.join('.');
      assert.equal(key.verify(token), undefined);
      const claims = peekClaims(token);
      assert.ok(claims === undefined || typeof claims === 'object');
    }),
  );
});
