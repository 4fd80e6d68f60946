import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { noOutbound } from '../../outbound.ts';
import { IssuerKeys } from './issuer-keys.ts';

test('an issuer is not asked for its keys with every token that somebody makes up', async () => {
  const clock = new VirtualClock(() => new Promise(resolve => setImmediate(resolve)));
  const url = 'https://issuer.example';
  let asked = 0;
  const get = async (from: { url: string }) => {
    if (!from.url.endsWith('/keys'))
      return { status: 200, contentType: '', body: JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }) };
    asked++;
    return { status: 200, contentType: '', body: '{"keys":[]}' };
  };
  const keys = new IssuerKeys({ url }, { clock, outbound: { ...noOutbound, get } });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forge = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const token = `${part({ alg: 'RS256', kid: `k${i}` })}.${part({ iss: url })}.AAAA`;
      await assert.rejects(keys.verify(token), /failed to verify id token signature/);
    }
  };
  await forge(50);
  assert.equal(asked, 10);
  await clock.advance(2_000);
  await forge(50);
  assert.equal(asked, 12);
});
