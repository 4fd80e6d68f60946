import assert from 'node:assert/strict';
import type { Reviewer } from '#test/webhook-server.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { customResource, register, rule, sendJson, webhook, webhookServer } from '../webhooks.ts';

interface Marble {
  readonly apiVersion: string;
  readonly data?: Record<string, string>;
}

const text = { type: 'string' };
const mergePatch = 'application/merge-patch+json';

const stage = (number: number): Reviewer => {
  return ({ object }) => {
    const before = number === 1 ? 'mutation-start' : `mutation-stage-${number - 1}`;
    if (!object?.data?.[before]) return {};
    return { patch: [{ op: 'add', path: `/data/mutation-stage-${number}`, value: 'yes' }] };
  };
};

const marble = (group: string, name: string, data: Record<string, string>, version = 'v1') => ({
  apiVersion: `${group}/${version}`,
  kind: 'Marble',
  metadata: { name },
  data,
});

/** Two webhooks that add a key each, on a custom resource whose schema has these. */
async function mutated(t: Trial, fields: readonly string[]): Promise<Record<string, string> | undefined> {
  const server = await webhookServer(t);
  const { group, path } = await customResource(t, Object.fromEntries(fields.map(field => [field, text])));
  const rules = [rule(`${group}/v1/marbles`)];
  await register(t, 'mutatingWebhooks', [
    webhook(t, server, 'stage-1', rules, stage(1)),
    webhook(t, server, 'stage-2', rules, stage(2)),
  ]);
  const answer = await sendJson(t, 'POST', path(), marble(group, 'mutated', { 'mutation-start': 'yes' }));
  assert.equal(answer.status, 201, answer.text);
  return answer.json<Marble>().data;
}

export const customResourceWebhookRows = [
  row('AdmissionWebhook should be able to deny custom resource creation, update and deletion', async t => {
    const server = await webhookServer(t);
    const { group, path } = await customResource(t, { 'webhook-e2e-test': text });
    const judge: Reviewer = ({ object, oldObject, operation }) => {
      const judged = operation === 'DELETE' ? oldObject : object;
      const bad = judged?.data?.['webhook-e2e-test'] === 'webhook-disallow';
      return bad ? { allowed: false, status: { message: 'unwanted data' } } : {};
    };
    const rules = [rule(`${group}/v1/marbles`, 'CREATE', 'UPDATE', 'DELETE')];
    const name = await register(t, 'validatingWebhooks', [webhook(t, server, 'deny', rules, judge)]);
    const bad = { 'webhook-e2e-test': 'webhook-disallow' };
    const denied = await sendJson(t, 'POST', path(), marble(group, 'bad', bad));
    assert.equal(denied.status, 400, denied.text);
    assert.match(denied.text, /unwanted data/);
    assert.equal((await sendJson(t, 'POST', path(), marble(group, 'good', {}))).status, 201);
    const changed = await sendJson(t, 'PATCH', `${path()}/good`, { data: bad }, mergePatch);
    assert.match(changed.text, /unwanted data/);
    await t.api.validatingWebhooks.patch(
      name,
      [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['DELETE'] }],
      'json',
    );
    await t.until('the bad data to be written', async () => {
      return (await sendJson(t, 'PATCH', `${path()}/good`, { data: bad }, mergePatch)).status === 200;
    });
    const kept = await sendJson(t, 'DELETE', `${path()}/good`);
    assert.equal(kept.status, 400, kept.text);
    const mended = { data: { 'webhook-e2e-test': 'webhook-allow' } };
    assert.equal((await sendJson(t, 'PATCH', `${path()}/good`, mended, mergePatch)).status, 200);
    assert.equal((await sendJson(t, 'DELETE', `${path()}/good`)).status, 200);
  }),

  row('AdmissionWebhook should mutate custom resource', async t => {
    const stages = ['mutation-start', 'mutation-stage-1', 'mutation-stage-2'];
    const data = await mutated(t, stages);
    assert.deepEqual(data, Object.fromEntries(stages.map(name => [name, 'yes'])));
  }),

  row('AdmissionWebhook should mutate custom resource with pruning', async t => {
    const data = await mutated(t, ['mutation-start', 'mutation-stage-1']);
    assert.deepEqual(data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes' });
  }),

  row('AdmissionWebhook should mutate custom resource with different stored version', async t => {
    const server = await webhookServer(t);
    const { group, path } = await customResource(
      t,
      { 'mutation-start': text, 'mutation-stage-1': text, other: text },
      ['v1', 'v2'],
    );
    const rules = [
      rule(`${group}/v1/marbles`, 'CREATE', 'UPDATE'),
      rule(`${group}/v2/marbles`, 'CREATE', 'UPDATE'),
    ];
    await register(t, 'mutatingWebhooks', [webhook(t, server, 'stage-1', rules, stage(1))]);
    const made = await sendJson(t, 'POST', path(), marble(group, 'older', { 'mutation-start': 'yes' }));
    assert.equal(made.status, 201, made.text);
    await t.api.customResourceDefinitions.update(`marbles.${group}`, definition => {
      for (const version of definition.spec.versions) version.storage = version.name === 'v2';
    });
    const patched = await t.until('the patch to be taken', async () => {
      const answer = await sendJson(
        t,
        'PATCH',
        `${path('v1')}/older`,
        { data: { other: 'yes' } },
        mergePatch,
      );
      return answer.status === 200 && answer.json<Marble>();
    });
    assert.deepEqual(patched.data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', other: 'yes' });
  }),
];
