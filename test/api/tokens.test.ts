import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectMeta } from '#machinery/object.ts';
import { WiredCluster } from './wire.ts';

const namespace = '/api/v1/namespaces/default';

test('a token is of the account that it is asked of, and bound to what runs as that', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const post = (path: string, body: unknown) => wired.send({ method: 'POST', path: namespace + path, body });
  const account = await post('/serviceaccounts', { metadata: { name: 'mine' } });
  assert.equal((await post('/serviceaccounts', { metadata: { name: 'other' } })).status, 201);
  const { uid } = account.json.metadata as ObjectMeta;
  const spec = { serviceAccountName: 'other', containers: [{ name: 'c', image: 'i' }] };
  const pod = await post('/pods', { metadata: { name: 'p' }, spec });
  assert.equal(pod.status, 201, pod.text);

  const issued = await post('/serviceaccounts/mine/token', { metadata: { name: 'mine', uid } });
  assert.equal(issued.status, 201, issued.text);
  const { uid: told, managedFields } = issued.json.metadata as ObjectMeta;
  assert.equal(told, uid);
  const fields = managedFields!.map(entry => [entry.subresource, entry.fieldsV1]);
  assert.deepEqual(fields, [['token', { 'f:spec': { 'f:expirationSeconds': {} } }]]);

  const refused = async (name: string, body: unknown) => {
    const { status, json } = await post(`/serviceaccounts/${name}/token`, body);
    return `${status} ${json.message}`;
  };
  assert.match(
    await refused('mine', { metadata: { name: 'x' } }),
    /^422 .*metadata.name: Invalid value: "x": must match the service account name if specified$/,
  );
  assert.match(
    await refused('mine', { metadata: { namespace: 'x' } }),
    /^400 .*does not match the namespace/,
  );
  assert.equal(
    await refused('mine', { metadata: { uid: 'x' } }),
    `409 Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "mine": the UID in the token request (x) does not match the UID of the service account (${uid})`,
  );
  const bound = (kind: string, more: object = {}) => ({
    spec: { boundObjectRef: { kind, apiVersion: 'v1', name: 'p', ...more } },
  });
  assert.equal(
    await refused('mine', bound('Pod')),
    '400 cannot bind token for serviceaccount "mine" to pod running with different serviceaccount name.',
  );
  assert.match(
    await refused('other', bound('Pod', { uid: 'x' })),
    /^409 Operation cannot be fulfilled on Pod "p": the UID in the bound object reference \(x\) does not match the UID in record/,
  );
  assert.equal(await refused('mine', bound('Pod', { name: '' })), '400 Name parameter required.');
  assert.equal(await refused('mine', bound('Job')), '400 cannot bind token to object of type /v1, Kind=Job');
});

test('a review says why a token is worth nothing', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const send = (method: string, path: string, body?: unknown) =>
    wired.send({ method, path: path.startsWith('/apis') ? path : namespace + path, body });
  const uidOf = async (path: string, body: object) =>
    ((await send('POST', path, body)).json.metadata as ObjectMeta).uid!;
  const tokenOf = async (spec: object) => {
    const { json } = await send('POST', '/serviceaccounts/mine/token', { spec });
    return (json.status as unknown as { token: string }).token;
  };
  const review = async (token: string, audiences: readonly string[] = []) => {
    const body = { spec: { token, audiences } };
    const { json } = await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', body);
    return json.status as unknown as { authenticated?: boolean; error?: string };
  };
  const errorOf = async (token: string) => (await review(token)).error;
  const invalid = (reason: string) => `[invalid bearer token, ${reason}]`;

  const account = { metadata: { name: 'mine' } };
  const uid = await uidOf('/serviceaccounts', account);
  const secret = { metadata: { name: 's' } };
  const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 's' };
  const secretUid = await uidOf('/secrets', secret);
  const bound = await tokenOf({ boundObjectRef });
  const plain = await tokenOf({});
  const elsewhere = await tokenOf({ audiences: ['a', 'b'] });

  assert.equal((await review(bound)).authenticated, true);
  assert.equal((await review(elsewhere, ['b', 'c'])).authenticated, true);
  assert.equal(
    await errorOf(elsewhere),
    invalid(
      'token audiences ["a" "b"] is invalid for the target audiences ["https://kubernetes.default.svc.cluster.local"]',
    ),
  );
  assert.equal(await errorOf('nonsense'), 'invalid bearer token');
  assert.equal(
    await errorOf(plain.slice(0, -4) + (plain.endsWith('AAAA') ? 'BBBB' : 'AAAA')),
    invalid('go-jose/go-jose: error in cryptographic primitive'),
  );

  await send('DELETE', '/secrets/s');
  assert.equal(await errorOf(bound), invalid('service account token has been invalidated'));
  const otherSecretUid = await uidOf('/secrets', secret);
  assert.equal(
    await errorOf(bound),
    invalid(`secret UID (${otherSecretUid}) does not match service account secret ref claim (${secretUid})`),
  );
  await send('DELETE', '/serviceaccounts/mine');
  assert.equal(await errorOf(plain), invalid('serviceaccounts "mine" not found'));
  const otherUid = await uidOf('/serviceaccounts', account);
  assert.equal(
    await errorOf(plain),
    invalid(`service account UID (${otherUid}) does not match claim (${uid})`),
  );
});

test('a bootstrap token is for the API server alone', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const post = (path: string, body: unknown) => wired.send({ method: 'POST', path, body });
  const stringData = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
  };
  const type = 'bootstrap.kubernetes.io/token';
  const metadata = { name: 'bootstrap-token-abcdef' };
  await post('/api/v1/namespaces/kube-system/secrets', { metadata, type, stringData });
  const review = async (audiences?: readonly string[]) => {
    const spec = { token: 'abcdef.0123456789abcdef', ...(audiences ? { audiences } : {}) };
    const { json } = await post('/apis/authentication.k8s.io/v1/tokenreviews', { spec });
    return json.status as unknown as { audiences?: string[]; error?: string };
  };
  const api = 'https://kubernetes.default.svc.cluster.local';
  assert.deepEqual((await review()).audiences, [api]);
  assert.deepEqual((await review([api, 'vault'])).audiences, [api]);
  assert.equal((await review(['vault'])).error, 'invalid bearer token');
});
