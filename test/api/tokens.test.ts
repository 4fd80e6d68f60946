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
  assert.equal((issued.json.metadata as ObjectMeta).uid, uid);

  const refused = async (name: string, body: unknown) => {
    const { status, json } = await post(`/serviceaccounts/${name}/token`, body);
    return `${status} ${json.message}`;
  };
  assert.match(
    await refused('mine', { metadata: { name: 'x' } }),
    /^422 .*metadata.name: Invalid value: "x": must match the service account name$/,
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
    '400 cannot bind token for serviceaccount "mine" to pod running with serviceaccount "other"',
  );
  assert.match(
    await refused('other', bound('Pod', { uid: 'x' })),
    /^409 Operation cannot be fulfilled on Pod "p": the UID in the bound object reference \(x\) does not match the UID in record/,
  );
  assert.equal(await refused('mine', bound('Job')), '400 cannot bind token to object of type /v1, Kind=Job');
});
