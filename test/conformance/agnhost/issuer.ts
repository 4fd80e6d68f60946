import assert from 'node:assert/strict';
import { createPublicKey, verify, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';

function ask(path: string): Promise<string> {
  const address = new URL(path, 'https://kubernetes.default.svc');
  const options = {
    ca: readFileSync(`${folder}/ca.crt`),
    headers: { authorization: `Bearer ${readFileSync(`${folder}/token`, 'utf8')}` },
  };
  return new Promise((resolve, reject) => {
    get(address, options, response => {
      let text = '';
      response.setEncoding('utf8').on('data', part => {
        text += part;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    }).on('error', reject);
  });
}

interface Discovery {
  readonly issuer: string;
  readonly jwks_uri: string;
}

/** `issuer TOKENFILE`: that the token is of the issuer that the API server describes, by a key that it publishes. */
export async function checkIssuer([file = '']: readonly string[]): Promise<void> {
  const discovery = JSON.parse(await ask('/.well-known/openid-configuration')) as Discovery;
  const { keys } = JSON.parse(await ask(new URL(discovery.jwks_uri).pathname)) as {
    keys: (webcrypto.JsonWebKey & { kid?: string })[];
  };
  const [header, payload, signature] = readFileSync(file, 'utf8').trim().split('.') as [
    string,
    string,
    string,
  ];
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  const { alg, kid } = decode(header);
  assert.equal(decode(payload).iss, discovery.issuer);
  const jwk = keys.find(key => key.kid === kid);
  assert.ok(jwk, `no key ${kid} among the published`);
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  const encoding = alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' as const } : { key };
  assert.ok(
    verify(`sha${alg.slice(2)}`, signed, encoding, Buffer.from(signature, 'base64url')),
    'wrong signature',
  );
  console.log(`verified: ${decode(payload).sub}`);
}
