import assert from 'node:assert/strict';
import type { V1MatchCondition } from '@kubernetes/client-node';
import type { Reviewer } from '#test/webhook-server.ts';
import { row } from '../row.ts';
import { refused, type Trial } from '../trial.ts';
import { register, rule, webhook, webhookServer } from '../webhooks.ts';
import { pod } from '../workloads.ts';

type Kind = 'mutatingWebhooks' | 'validatingWebhooks';

const configMaps = '/v1/configmaps';

/** Adds a key to the data of what it is asked about. */
const adding = (key: string): Reviewer => {
  return ({ object }) => ({
    patch: object?.data
      ? [{ op: 'add', path: `/data/${key}`, value: 'yes' }]
      : [{ op: 'add', path: '/data', value: { [key]: 'yes' } }],
  });
};

const denying: Reviewer = () => ({ allowed: false, status: { message: 'denied by the row' } });

async function dataOf(t: Trial, name: string, data: Record<string, string> = { own: 'x' }) {
  return (await t.api.configMaps.create({ metadata: { name }, data })).data ?? {};
}

function listing(kind: Kind, words: string) {
  return row(`AdmissionWebhook listing ${words} webhooks should work`, async t => {
    const server = await webhookServer(t);
    const labels = { 'e2e-list-test-uuid': t.id };
    const reviewer = kind === 'mutatingWebhooks' ? adding('mutated') : denying;
    for (let i = 0; i < 10; i++) {
      const one = webhook(t, server, `list-${i}`, [rule(configMaps)], reviewer);
      await register(t, kind, [one], { name: t.name(`list-${i}`), labels });
    }
    const labelSelector = `e2e-list-test-uuid=${t.id}`;
    assert.equal((await t.api[kind].list({ labelSelector })).items.length, 10);
    if (kind === 'mutatingWebhooks') assert.equal((await dataOf(t, 'before')).mutated, 'yes');
    else await refused(dataOf(t, 'before'), 400, /denied the request/);
    await t.api[kind].deleteCollection({ labelSelector });
    await t.until('the webhooks to be forgotten', async () => {
      const data = await dataOf(t, `after-${Date.now()}`).catch(() => undefined);
      return data !== undefined && data.mutated === undefined;
    });
  });
}

function changing(kind: Kind, words: string) {
  return row(`AdmissionWebhook patching/updating a ${words} webhook should work`, async t => {
    const server = await webhookServer(t);
    const reviewer = kind === 'mutatingWebhooks' ? adding('mutated') : denying;
    const name = await register(t, kind, [webhook(t, server, 'change', [rule(configMaps)], reviewer)]);
    const isActive = async (mapName: string) => {
      const data = await dataOf(t, mapName).catch(() => undefined);
      return data === undefined || data.mutated === 'yes';
    };
    assert.equal(await isActive('first'), true);
    await t.api[kind].update(name, configuration => {
      configuration.webhooks![0]!.rules![0]!.operations = ['UPDATE'];
    });
    await t.until('no create to be looked at', async () => !(await isActive(`second-${Date.now()}`)));
    const patch = [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }];
    await t.api[kind].patch(name, patch, 'json');
    await t.until('creates to be looked at again', () => isActive(`third-${Date.now()}`));
  });
}

function invalidConditions(kind: Kind, words: string) {
  return row(
    `AdmissionWebhook should reject ${words} webhook configurations with invalid match conditions`,
    async t => {
      const server = await webhookServer(t);
      const matchConditions: V1MatchCondition[] = [
        { name: 'invalid-expression-1', expression: '... [] bad expression' },
        { name: 'invalid-expression-2', expression: '... [] bad expression' },
      ];
      const bad = webhook(t, server, 'bad', [rule(configMaps)], () => ({}), { matchConditions });
      await refused(register(t, kind, [bad]), 422, /compilation failed/);
    },
  );
}

async function denyPodsAndMaps(t: Trial): Promise<void> {
  const server = await webhookServer(t);
  const hang = Promise.withResolvers<void>();
  t.defer(() => hang.resolve());
  const judge: Reviewer = async ({ object, oldObject }) => {
    const name = (object ?? oldObject)?.metadata.name ?? '';
    if (name.startsWith('hanging')) await hang.promise;
    const bad = name.startsWith('denied') || object?.data?.['webhook-e2e-test'] === 'webhook-disallow';
    return bad ? { allowed: false, status: { message: 'the object contains unwanted data' } } : {};
  };
  await register(t, 'validatingWebhooks', [
    webhook(t, server, 'pods', [rule('/v1/pods')], judge, { timeoutSeconds: 1 }),
    webhook(t, server, 'maps', [rule(configMaps, 'CREATE', 'UPDATE', 'DELETE')], judge),
  ]);
  await refused(t.api.pods.create(pod('denied')), 400, /the object contains unwanted data/);
  await refused(t.api.pods.create(pod('hanging')), 500, /context deadline exceeded/);
  assert.ok(!(await t.api.pods.names()).some(name => name === 'hanging'));
  const bad = { 'webhook-e2e-test': 'webhook-disallow' };
  await refused(dataOf(t, 'bad', bad), 400, /unwanted data/);
  await dataOf(t, 'good', { a: 'b' });
  await refused(
    t.api.configMaps.update('good', map => {
      map.data = bad;
    }),
    400,
    /unwanted data/,
  );
  await refused(t.api.configMaps.patch('good', { data: bad }), 400, /unwanted data/);
  const exempt = `${t.namespace}-exempt`;
  await t.makeNamespace(exempt);
  await t.api.configMaps.in(exempt).create({ metadata: { name: 'bad' }, data: bad });
}

async function honorTimeout(t: Trial): Promise<void> {
  const server = await webhookServer(t);
  const slow: Reviewer = async () => {
    await t.sleep(5_000);
    return {};
  };
  const attempt = async (name: string, timeoutSeconds: number, failurePolicy: string) => {
    const one = webhook(t, server, name, [rule(configMaps)], slow, { timeoutSeconds, failurePolicy });
    const configuration = t.name(name);
    await register(t, 'validatingWebhooks', [one], { name: configuration });
    try {
      return await dataOf(t, name);
    } finally {
      await t.api.validatingWebhooks.delete(configuration);
    }
  };
  await refused(attempt('short', 1, 'Fail'), 500, /context deadline exceeded|timeout/);
  await attempt('ignored', 1, 'Ignore');
  await attempt('long', 10, 'Fail');
}

async function leaveConfigurationsAlone(t: Trial): Promise<void> {
  const server = await webhookServer(t);
  const group = 'admissionregistration.k8s.io/v1';
  const rules = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'].map(resource =>
    rule(`${group}/${resource}`, 'CREATE', 'UPDATE', 'DELETE'),
  );
  const objectSelector = { matchLabels: { conformance: t.id } };
  const everywhere = { objectSelector, namespaceSelector: {} };
  await register(t, 'validatingWebhooks', [webhook(t, server, 'deny', rules, denying, everywhere)]);
  const label: Reviewer = () => ({ patch: [{ op: 'add', path: '/metadata/labels/mutated', value: 'yes' }] });
  await register(t, 'mutatingWebhooks', [webhook(t, server, 'mutate', rules, label, everywhere)]);
  for (const kind of ['validatingWebhooks', 'mutatingWebhooks'] as const) {
    const name = t.name('dummy');
    await register(t, kind, [webhook(t, server, 'dummy', [rule('/v1/invalid')], () => ({}))], {
      name,
      labels: { conformance: t.id },
    });
    assert.equal((await t.api[kind].get(name)).metadata!.labels!.mutated, undefined);
    await t.api[kind].delete(name);
    await t.gone(t.api[kind], name);
  }
}

export const webhookRows = [
  listing('mutatingWebhooks', 'mutating'),
  listing('validatingWebhooks', 'validating'),
  changing('mutatingWebhooks', 'mutating'),
  changing('validatingWebhooks', 'validating'),
  invalidConditions('mutatingWebhooks', 'mutating'),
  invalidConditions('validatingWebhooks', 'validating'),

  row('AdmissionWebhook should be able to deny attaching pod', async t => {
    const server = await webhookServer(t);
    const rules = [rule('/v1/pods.attach', 'CONNECT')];
    await register(t, 'validatingWebhooks', [webhook(t, server, 'attach', rules, denying)]);
    await t.api.pods.create(pod('to-be-attached'));
    const path = `${t.api.pods.path}/to-be-attached/attach?container=c&stdin=true&stdout=true`;
    const answer = await t.raw({ method: 'POST', path });
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, /denied by the row/);
    const [{ request }] = server.calls as [(typeof server.calls)[0]];
    assert.deepEqual([request.operation, request.subResource], ['CONNECT', 'attach']);
  }),

  row('AdmissionWebhook should be able to deny pod and configmap creation', denyPodsAndMaps),

  row('AdmissionWebhook should deny crd creation', async t => {
    const server = await webhookServer(t);
    const rules = [rule('apiextensions.k8s.io/v1/customresourcedefinitions')];
    const objectSelector = { matchLabels: { conformance: t.id } };
    const everywhere = { objectSelector, namespaceSelector: {} };
    await register(t, 'validatingWebhooks', [webhook(t, server, 'crd', rules, denying, everywhere)]);
    const group = `${t.id.replace(/^\d/, 'a')}.example.com`;
    const schema = { openAPIV3Schema: { type: 'object' } };
    const name = `denied.${group}`;
    const attempt = t.api.customResourceDefinitions.create({
      metadata: { name, labels: { conformance: t.id } },
      spec: {
        group,
        scope: 'Cluster',
        names: { plural: 'denied', kind: 'Denied' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    await refused(attempt, 400, /denied by the row/);
  }),

  row('AdmissionWebhook should honor timeout', honorTimeout),

  row('AdmissionWebhook should mutate configmap', async t => {
    const server = await webhookServer(t);
    const second: Reviewer = request =>
      request.object?.data?.['mutation-stage-1'] ? adding('mutation-stage-2')(request) : {};
    await register(t, 'mutatingWebhooks', [
      webhook(t, server, 'stage-1', [rule(configMaps)], adding('mutation-stage-1')),
      webhook(t, server, 'stage-2', [rule(configMaps)], second),
    ]);
    assert.deepEqual(await dataOf(t, 'mutated', { 'mutation-start': 'yes' }), {
      'mutation-start': 'yes',
      'mutation-stage-1': 'yes',
      'mutation-stage-2': 'yes',
    });
  }),

  row("AdmissionWebhook should mutate everything except 'skip-me' configmaps", async t => {
    const server = await webhookServer(t);
    const matchConditions = [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }];
    const one = webhook(t, server, 'most', [rule(configMaps)], adding('mutated'), { matchConditions });
    await register(t, 'mutatingWebhooks', [one]);
    assert.equal((await dataOf(t, 'mutate-me')).mutated, 'yes');
    assert.deepEqual(await dataOf(t, 'skip-me'), { own: 'x' });
  }),

  row('AdmissionWebhook should mutate pod and apply defaults after mutation', async t => {
    const server = await webhookServer(t);
    const initContainers = [{ name: 'webhook-added-init-container', image: 'webhook-added-image' }];
    const reviewer: Reviewer = () => ({
      patch: [{ op: 'add', path: '/spec/initContainers', value: initContainers }],
    });
    await register(t, 'mutatingWebhooks', [webhook(t, server, 'pods', [rule('/v1/pods')], reviewer)]);
    const { spec } = await t.api.pods.create(pod('webhook-to-be-mutated'));
    const [added] = spec!.initContainers!;
    assert.equal(added!.name, 'webhook-added-init-container');
    assert.equal(added!.terminationMessagePolicy, 'File');
  }),

  row(
    'AdmissionWebhook should not be able to mutate or prevent deletion of webhook configuration objects',
    leaveConfigurationsAlone,
  ),

  row('AdmissionWebhook should unconditionally reject operations on fail closed webhook', async t => {
    const server = await webhookServer(t);
    const { url } = server.clientConfig('/closed', () => ({}));
    const closed = { clientConfig: { url }, failurePolicy: 'Fail' };
    const one = webhook(t, server, 'closed', [rule(configMaps)], () => ({}), closed);
    await register(t, 'validatingWebhooks', [one]);
    await refused(dataOf(t, 'foo'), 500, /failed calling webhook/);
    assert.equal(server.calls.length, 0);
  }),
];
