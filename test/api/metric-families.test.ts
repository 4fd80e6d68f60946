import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { privilegedPolicy } from '#apiserver/admission/pod-security/policy.ts';
import { familyTable } from './metric-families.ts';
import { WiredCluster } from './wire.ts';

const core = '/api/v1/namespaces/default';
const maps = `${core}/configmaps`;
const admission = '/apis/admissionregistration.k8s.io/v1';
const merge = { 'content-type': 'application/merge-patch+json' };
const exemptUser = 'exempt@example.com';
const createMaps = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
];

/** What a scrape tells of a family. */
interface Told {
  readonly type: string;
  readonly labels: readonly string[];
}

function familiesOf(text: string): Map<string, Told> {
  const families = new Map<string, { type: string; labels: Set<string> }>();
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
    if (name && type) {
      assert.ok(!families.has(name), `${name} is told twice`);
      families.set(name, { type, labels: new Set() });
      continue;
    }
    const [, sample, text] = /^([a-z0-9_]+)\{(.*)\} /.exec(line) ?? [];
    if (!sample || !text) continue;
    const family = families.get(sample) ?? families.get(sample.replace(/_(bucket|sum|count)$/, ''));
    assert.ok(family, line);
    for (const [, label] of text.matchAll(/(\w+)="/g)) {
      if (label !== 'le' && label !== 'quantile') family.labels.add(label!);
    }
  }
  return new Map(Array.from(families, ([name, { type, labels }]) => [name, { type, labels: [...labels] }]));
}

/** Work of every kind that some family tells of. */
async function work(wired: WiredCluster): Promise<void> {
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    wired.send({ method, path, headers, ...(body === undefined ? {} : { body: body as object }) });
  const pod = (name: string, spec = {}) => ({
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });
  const webhook = {
    name: 'w.example.com',
    clientConfig: { url: 'https://127.0.0.1:9/' },
    rules: createMaps,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Ignore',
    objectSelector: { matchLabels: { hook: 'yes' } },
    matchConditions: [{ name: 'c', expression: 'object.metadata.name != "skipped"' }],
  };
  await send('POST', `${admission}/validatingwebhookconfigurations`, {
    metadata: { name: 'w' },
    webhooks: [webhook],
  });
  await send('POST', `${admission}/validatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec: {
      matchConstraints: { resourceRules: createMaps },
      validations: [{ expression: 'object.metadata.name != "bad"' }],
    },
  });
  await send('POST', `${admission}/validatingadmissionpolicybindings`, {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Deny'] },
  });
  const levels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
  await send('PATCH', '/api/v1/namespaces/default', { metadata: { labels: levels } }, merge);
  for (const name of ['hooked', 'skipped', 'bad', 'last'])
    await send('POST', maps, { metadata: { name, labels: { hook: 'yes' } } });
  await send('PATCH', `${maps}/last`, { data: { a: 'b' } }, merge);
  await send('GET', maps);
  const list = JSON.parse((await send('GET', `${maps}?limit=1`)).text) as { metadata: { continue: string } };
  await send('PATCH', `${maps}/last`, { data: { a: 'c' } }, merge);
  await send('GET', `${maps}?limit=1&continue=${list.metadata.continue}`);
  await send('GET', `${maps}?watch=true&timeoutSeconds=1&resourceVersion=1`);
  await send('GET', `${maps}?resourceVersion=1`);
  await send('DELETE', `${maps}/hooked`, { kind: 'DeleteOptions', apiVersion: 'v1' });
  await send('POST', `${core}/pods`, pod('a'));
  await send('POST', `${core}/pods`, pod('refused', { hostNetwork: true }));
  const exempt = { 'impersonate-user': exemptUser, 'impersonate-group': 'system:masters' };
  await send('POST', `${core}/pods`, pod('exempt'), exempt);
  await send('PATCH', `${core}/pods/a`, { metadata: { labels: { a: 'b' } } }, merge);
  await send('GET', `${core}/pods/none/log`);
  const ports = [{ port: 80, nodePort: 30_080 }];
  for (const name of ['s', 't'])
    await send('POST', `${core}/services`, { metadata: { name }, spec: { type: 'NodePort', ports } });
  await send('POST', `${core}/services`, {
    metadata: { name: 'u' },
    spec: { clusterIP: '10.96.0.1', ports: [{ port: 80 }] },
  });
  await send('GET', '/api/v1/componentstatuses');
  await send('GET', '/apis');
  await send('GET', maps, undefined, { 'impersonate-user': 'jane@example.com' });
  await wired.send({ path: maps, headers: { authorization: 'Bearer none' }, anonymous: true });
  await send('GET', `${maps}?timeout=1ns`);
  await delay(50);
}

describe('the families that /metrics tells of', () => {
  let wired: WiredCluster;
  before(async () => {
    const PodSecurity = { defaults: privilegedPolicy, exemptions: { usernames: [exemptUser] } };
    wired = await WiredCluster.start({ apiServer: { admission: { configurations: { PodSecurity } } } });
  });
  after(() => wired[Symbol.asyncDispose]());

  test('belong to upstream, each with its type and labels', async () => {
    await work(wired);
    const told = familiesOf((await wired.send({ path: '/metrics' })).text);
    const found = Object.keys(familyTable).map(name => {
      const { type = 'missing', labels = [] } = told.get(name) ?? {};
      return [name, [type, ...[...labels].sort()].join(' ')];
    });
    assert.deepEqual(Object.fromEntries(found), familyTable);
  });
});
