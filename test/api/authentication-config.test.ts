import assert from 'node:assert/strict';
import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readApiServer } from '#main/config/api-server-config.ts';
import { HttpsServer } from '#test/https-server.ts';
import { WiredCluster } from './wire.ts';

const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };

async function read(t: TestContext, config: object) {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-authentication-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'authentication.yaml'), JSON.stringify({ ...head, ...config }));
  return readApiServer({ authenticationConfig: 'authentication.yaml' }, folder);
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

type Keys = ReadonlyMap<string, KeyPair>;

/** An issuer of OpenID Connect, and tokens of it. */
class Issuer implements AsyncDisposable {
  readonly #server: HttpsServer;
  readonly #keys: Keys;
  /** What it tells of its keys. */
  shown: string[] = ['rsa', 'ec'];

  private constructor(server: HttpsServer, keys: Keys) {
    this.#server = server;
    this.#keys = keys;
  }

  static async start(): Promise<Issuer> {
    const keys: Keys = new Map<string, KeyPair>([
      ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 })],
      ['ec', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
      ['late', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ]);
    let issuer: Issuer | undefined;
    const server = await HttpsServer.start(({ url }) => ({ body: issuer!.#answer(url) }));
    issuer = new Issuer(server, keys);
    return issuer;
  }

  get url(): string {
    return this.#server.url;
  }

  get ca(): string {
    return this.#server.ca;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }

  token(claims: object, kid = 'rsa', name = kid, header: object = {}): string {
    const alg = kid === 'rsa' ? 'RS256' : 'ES256';
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg, kid, ...header })}.${part({ iss: this.url, aud: 'cluster', exp: 4e9, ...claims })}`;
    const key = { key: this.#keys.get(name)!.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  #answer(url: string): object {
    if (url === '/keys') {
      return {
        keys: this.shown.map(kid => ({ ...this.#keys.get(kid)!.publicKey.export({ format: 'jwk' }), kid })),
      };
    }
    return { issuer: this.url, jwks_uri: `${this.url}/keys` };
  }
}

async function clusterOf(t: TestContext, config: object) {
  const wired = await WiredCluster.start({ controllers: [], apiServer: await read(t, config) });
  const review = async (token: string) => {
    const body = { spec: { token } };
    const { json } = await wired.send({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body,
    });
    return json.status as unknown as { user?: object; error?: string };
  };
  const who = async (token: string) => {
    const { status, json } = await wired.send({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      headers: { authorization: `Bearer ${token}` },
      body: {},
      anonymous: true,
    });
    return status === 201 ? (json.status as unknown as { userInfo: object }).userInfo : status;
  };
  return { wired, review, who, [Symbol.asyncDispose]: () => wired[Symbol.asyncDispose]() };
}

test('tokens of an issuer are users by their claims, if it has signed them for this cluster and in time', async t => {
  await using issuer = await Issuer.start();
  const { url, ca } = issuer;
  await using cluster = await clusterOf(t, {
    jwt: [
      {
        issuer: { url, certificateAuthority: ca, audiences: ['cluster'] },
        claimMappings: {
          username: { claim: 'sub', prefix: 'oidc:' },
          groups: { claim: 'groups', prefix: 'oidc:' },
          uid: { claim: 'oid' },
        },
        claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
      },
    ],
    anonymous: { enabled: true, conditions: [{ path: '/version' }] },
  });
  const good = { sub: 'alice', oid: 'a-1', hd: 'example.com', groups: ['dev'], jti: 'j' };
  const user = {
    username: 'oidc:alice',
    uid: 'a-1',
    groups: ['oidc:dev', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j'] },
  };
  assert.deepEqual(await cluster.who(issuer.token(good)), user);
  assert.deepEqual(await cluster.who(issuer.token(good, 'ec')), user);
  assert.deepEqual((await cluster.review(issuer.token(good))).user, user);
  issuer.shown.push('late');
  assert.deepEqual(await cluster.who(issuer.token(good, 'late')), user);
  const critical = issuer.token(good, 'rsa', 'rsa', { crit: ['exp'], exp: 4e9 });
  assert.equal(await cluster.who(critical), 401, 'what has to be understood and is not');
  const wrong: [object, string][] = [
    [{ aud: ['other'] }, 'verify token: oidc: expected audience "cluster" got ["other"]'],
    [{ exp: 1 }, 'verify token: oidc: token is expired (Token Expiry: 1970-01-01 00:00:01 +0000 UTC)'],
    [{ hd: 'example.org' }, 'required claim hd value does not match. Got = example.org, want = example.com'],
    [{ sub: undefined }, 'parse username claims "sub": claim not present'],
    [
      { groups: ['a', 1] },
      'parse groups claim "groups": json: cannot unmarshal array into Go value of type string',
    ],
  ];
  for (const [claims, why] of wrong) {
    const token = issuer.token({ ...good, ...claims });
    assert.equal(await cluster.who(token), 401);
    assert.equal((await cluster.review(token)).error, `[invalid bearer token, oidc: ${why}]`);
  }
  const forged = issuer.token(good, 'ec', 'late');
  assert.equal(
    (await cluster.review(forged)).error,
    '[invalid bearer token, oidc: verify token: failed to verify signature: failed to verify id token signature]',
  );
  const open = async (path: string) => (await cluster.wired.send({ path, anonymous: true })).status;
  assert.deepEqual([await open('/version'), await open('/livez')], [200, 401]);
});

test('expressions make users of claims, and judge both', async t => {
  await using issuer = await Issuer.start();
  const { url, ca } = issuer;
  await using cluster = await clusterOf(t, {
    jwt: [
      {
        issuer: {
          url,
          certificateAuthority: ca,
          audiences: ['cluster', 'more'],
          audienceMatchPolicy: 'MatchAny',
        },
        claimMappings: {
          username: { expression: "'oidc:' + claims.email" },
          groups: { expression: 'claims.?roles.orValue([])' },
          extra: [{ key: 'example.com/tenant', valueExpression: 'claims.nested.a__dot__b' }],
        },
        claimValidationRules: [{ expression: 'claims.email_verified == true', message: 'not verified' }],
        userValidationRules: [
          { expression: "!user.groups.exists(g, g.startsWith('system:'))", message: 'reserved' },
        ],
      },
    ],
  });
  const good = { email: 'a@example.com', email_verified: true, nested: { 'a.b': ['x', '', 'y'] } };
  assert.deepEqual(await cluster.who(issuer.token(good)), {
    username: 'oidc:a@example.com',
    groups: ['system:authenticated'],
    extra: { 'example.com/tenant': ['x', 'y'] },
  });
  const refusal = async (claims: object) =>
    (await cluster.review(issuer.token({ ...good, ...claims }))).error;
  assert.equal(
    await refusal({ email_verified: false }),
    "[invalid bearer token, oidc: error evaluating claim validation expression: validation expression 'claims.email_verified == true' failed: not verified]",
  );
  assert.match(
    (await refusal({ roles: ['system:masters'] }))!,
    /user info validation rule: .* failed: reserved\]$/,
  );
  assert.match(
    (await refusal({ roles: 3 }))!,
    /group claim expression: expression must return a string or a list of/,
  );
});

test('what is wrong with it is told by its field', async t => {
  const jwt = (more: object, issuer: object = {}) => ({
    jwt: [
      {
        issuer: { url: 'https://example.com', audiences: ['a'], ...issuer },
        claimMappings: { username: { claim: 'sub', prefix: '' } },
        ...more,
      },
    ],
  });
  const username = (mapping: object) => jwt({ claimMappings: { username: mapping } });
  const wrong: [object, string][] = [
    [
      jwt({}, { url: 'http://example.com' }),
      'jwt[0].issuer.url: Invalid value: "http://example.com": URL scheme must be https',
    ],
    [
      jwt({}, { audiences: ['a', 'b'] }),
      'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny',
    ],
    [
      jwt({}, { certificateAuthority: 'x' }),
      'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>"',
    ],
    [
      username({ claim: 'sub' }),
      'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set',
    ],
    [
      username({ expression: 'claims.email' }),
      'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used',
    ],
    [
      jwt({ userValidationRules: [{ expression: 'user.name' }] }),
      'jwt[0].userValidationRules[0].expression: Invalid value: "user.name": compilation failed',
    ],
    [
      jwt({ claimValidationRules: [{ expression: "'a'" }] }),
      'jwt[0].claimValidationRules[0].expression: Invalid value: "\'a\'": must evaluate to bool',
    ],
    [
      { anonymous: { enabled: false, conditions: [{ path: '/a' }] } },
      'anonymous.conditions: Invalid value: ',
    ],
  ];
  for (const [config, problem] of wrong) {
    await assert.rejects(read(t, config), (error: Error) => {
      assert.ok(error.message.includes(`authentication.yaml: ${problem}`), error.message);
      return true;
    });
  }
});
