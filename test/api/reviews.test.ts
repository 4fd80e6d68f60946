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

test('reviews are about what their specs say, local ones about their namespace', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const resourceAttributes = { verb: 'get', resource: 'pods', namespace: 'default' };
  const spec = { user: 'somebody', resourceAttributes };
  const local = '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews';
  const ask = async (path: string, body: object) => {
    const { status, json } = await wired.send({ method: 'POST', path, body });
    const causes = json.details?.causes?.map(({ field, message }) => {
      // Who manages the review's fields is told with the rest.
      return `${field}: ${message!.replace(/,"managedFields":\[.*\]\}/, '}')}`;
    });
    return [status, ...(causes ?? (status === 201 ? [] : [json.message]))];
  };
  const self = reviews.replace('subject', 'selfsubject');
  assert.deepEqual(await ask(reviews, { metadata: { name: 'x' }, spec }), [
    422,
    'metadata: Invalid value: {"name":"x"}: must be empty',
  ]);
  assert.deepEqual(await ask(self, { metadata: { labels: { a: 'b' } }, spec: { resourceAttributes } }), [
    422,
    'metadata: Invalid value: {"labels":{"a":"b"}}: must be empty',
  ]);
  assert.deepEqual(await ask(local, { metadata: { namespace: 'default' }, spec }), [201]);
  assert.deepEqual(await ask(local, { metadata: { namespace: 'other' }, spec }), [
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ]);
  const elsewhere = { ...spec, resourceAttributes: { ...resourceAttributes, namespace: 'other' } };
  assert.deepEqual(await ask(local, { metadata: { name: 'x' }, spec: elsewhere }), [
    422,
    'metadata: Invalid value: {"name":"x","namespace":"default"}: must be empty except for namespace',
    `${at}.namespace: Invalid value: "other": must match metadata.namespace`,
  ]);
});

test('what of a selector cannot be used is told', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const evaluated = async (selectors: object) => {
    const resourceAttributes = { verb: 'list', resource: 'pods', ...selectors };
    const body = { spec: { user: 'somebody', resourceAttributes } };
    const { json } = await wired.send({ method: 'POST', path: reviews, body });
    return (json.status as unknown as { evaluationError?: string }).evaluationError;
  };
  const one = { key: 'a', operator: 'In', values: ['b'] };
  assert.equal(await evaluated({ fieldSelector: { requirements: [one] } }), undefined);
  assert.equal(
    await evaluated({ fieldSelector: { rawSelector: 'foo' }, labelSelector: { requirements: [one] } }),
    `${at}.fieldSelector ignored due to parse error`,
  );
  assert.equal(
    await evaluated({
      fieldSelector: { requirements: [one, { ...one, values: ['b', 'c'] }] },
      labelSelector: { requirements: [{ ...one, operator: 'Newer' }] },
    }),
    `${at}.fieldSelector partially ignored due to parse error; ${at}.labelSelector ignored due to parse error`,
  );
});

test('answers to reviews: no kind in what is wrong, nothing of what is not so, and no question in an answer of rules', async () => {
  await using wired = await WiredCluster.start({ components: false });
  const post = (path: string, spec: object) => wired.send({ method: 'POST', path, body: { spec } });
  const nothing = await post(reviews, { user: 'u' });
  assert.match(nothing.json.message!, /^\.authorization\.k8s\.io "" is invalid: spec\.resourceAttributes: /);
  const rules = await post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { namespace: 'default' });
  assert.deepEqual((rules.json as { spec?: unknown }).spec, {});
  const token = await post('/apis/authentication.k8s.io/v1/tokenreviews', { token: 'x' });
  assert.deepEqual(Object.keys(token.json.status as unknown as object), ['user', 'error']);
});
