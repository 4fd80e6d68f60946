import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WiredCluster } from './wire.ts';

const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const at = 'spec.resourceAttributes';

test('reviews of access ask for objects that a selector can name', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const ask = async (selectors: object) => {
    const resourceAttributes = { verb: 'list', resource: 'pods', ...selectors };
    const body = { spec: { user: 'somebody', resourceAttributes } };
    const { status, json } = await wired.send({ method: 'POST', path: reviews, body });
    if (status === 201) return [];
    assert.equal(status, 422);
    return json.details!.causes!.map(cause => `${cause.field}: ${cause.message}`);
  };
  const one = { key: 'a', operator: 'In', values: ['b'] };
  assert.deepEqual(await ask({ fieldSelector: { requirements: [one] } }), []);
  assert.deepEqual(await ask({ labelSelector: { rawSelector: 'a=b' } }), []);
  assert.deepEqual(await ask({ labelSelector: { requirements: [{ ...one, operator: 'Newer' }] } }), []);
  assert.deepEqual(
    await ask({ labelSelector: {}, fieldSelector: { rawSelector: 'a', requirements: [one] } }),
    [
      `${at}.fieldSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements`,
      `${at}.labelSelector.requirements: Required value: when ${at}.labelSelector is specified, requirements or rawSelector is required`,
    ],
  );
  const bad = [
    { key: '', operator: 'In' },
    { key: 'a', operator: 'Exists', values: ['b'] },
  ];
  assert.deepEqual(await ask({ fieldSelector: { requirements: bad } }), [
    `${at}.fieldSelector.requirements[0].key: Required value: must be specified`,
    `${at}.fieldSelector.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    `${at}.fieldSelector.requirements[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
  ]);
});

test('connections are no rehearsal', async () => {
  await using wired = await WiredCluster.start({ components: false });
  for (const path of ['/pods/p/exec?command=ls&', '/pods/p/proxy?', '/services/s/proxy?']) {
    const answer = await wired.send({ path: `/api/v1/namespaces/default${path}dryRun=All` });
    assert.deepEqual([answer.status, answer.json.message], [400, 'dryRun is not supported'], path);
  }
});
