import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorsText } from '#machinery/field.ts';
import { type AuditPolicy, type PolicyRule, auditOf, validateAuditPolicy } from './policy.ts';

const tim = { name: 'tim@k8s.io', groups: ['humans', 'devs'] };
const namespaced = {
  user: tim,
  verb: 'get',
  isResource: true,
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: 'busybox',
  path: '/api/v1/namespaces/default/pods/busybox',
};
const log = { ...namespaced, subresource: 'log' };
const node = { ...namespaced, resource: 'nodes', namespace: '', name: 'worker' };
const deployment = { ...namespaced, group: 'apps', resource: 'deployments' };
const page = {
  ...namespaced,
  isResource: false,
  group: '',
  resource: '',
  namespace: '',
  name: '',
  path: '/logs',
};
const stranger = { ...namespaced, user: undefined };

function matches(rule: Omit<PolicyRule, 'level'>, asked: Parameters<typeof auditOf>[1]): boolean {
  return auditOf({ rules: [{ level: 'Request', ...rule }] }, asked).level === 'Request';
}

test('a rule matches what all its fields match', () => {
  assert.ok(matches({}, page));
  assert.ok(matches({ users: ['x', 'tim@k8s.io'] }, node));
  assert.ok(!matches({ users: ['x'] }, node));
  assert.ok(!matches({ users: ['x'] }, stranger));
  assert.ok(matches({ userGroups: ['devs'] }, node));
  assert.ok(!matches({ userGroups: ['ops'] }, node));
  assert.ok(!matches({ userGroups: ['devs'] }, stranger));
  assert.ok(matches({ verbs: ['get', 'list'] }, page));
  assert.ok(!matches({ verbs: ['list'], users: ['tim@k8s.io'] }, page));
  assert.ok(matches({ namespaces: ['default'] }, namespaced));
  assert.ok(matches({ namespaces: [''] }, node));
  assert.ok(!matches({ namespaces: ['default'] }, node));
  assert.ok(!matches({ namespaces: [''] }, page));
});

test('resources are matched by group, name and subresource', () => {
  const of = (resources: string[], group?: string) => ({
    resources: [{ resources, ...(group === undefined ? {} : { group }) }],
  });
  assert.ok(matches(of(['pods']), namespaced));
  assert.ok(!matches(of(['pods']), log));
  assert.ok(matches(of(['pods/log']), log));
  assert.ok(matches(of(['pods/*']), log));
  // Upstream's matcher takes the resource itself for one of its subresources, too.
  assert.ok(matches(of(['pods/*']), namespaced));
  assert.ok(matches(of(['*/log']), log));
  assert.ok(!matches(of(['*/log']), namespaced));
  assert.ok(matches(of(['*']), log));
  assert.ok(!matches(of(['deployments']), deployment));
  assert.ok(matches(of(['deployments'], 'apps'), deployment));
  assert.ok(matches(of(['deployments'], '*'), deployment));
  assert.ok(matches({ resources: [{ group: 'apps' }] }, deployment));
  assert.ok(!matches({ resources: [{ group: 'apps' }] }, page));
  assert.ok(matches({ resources: [{ resources: ['pods'], resourceNames: ['busybox'] }] }, namespaced));
  assert.ok(!matches({ resources: [{ resources: ['pods'], resourceNames: ['x'] }] }, namespaced));
});

test('other paths are matched whole, or by what they begin with', () => {
  assert.ok(matches({ nonResourceURLs: ['/logs'] }, page));
  assert.ok(matches({ nonResourceURLs: ['/lo*'] }, page));
  assert.ok(matches({ nonResourceURLs: ['*'] }, page));
  assert.ok(!matches({ nonResourceURLs: ['/log'] }, page));
  assert.ok(!matches({ nonResourceURLs: ['*'] }, namespaced));
});

test('the first rule that matches counts, with the policy behind it; without one nothing is told', () => {
  const policy: AuditPolicy = {
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      { level: 'None', verbs: ['watch'] },
      { level: 'Metadata', namespaces: ['default'], omitStages: ['Panic'], omitManagedFields: false },
      { level: 'RequestResponse', namespaces: ['default'] },
    ],
  };
  assert.equal(auditOf(policy, { ...namespaced, verb: 'watch' }).level, 'None');
  const audit = auditOf(policy, namespaced);
  assert.deepEqual([audit.level, audit.omitManagedFields], ['Metadata', false]);
  assert.deepEqual(
    (['RequestReceived', 'ResponseStarted', 'Panic'] as const).map(stage => audit.omits(stage)),
    [true, false, true],
  );
  const none = auditOf(policy, page);
  assert.deepEqual([none.level, none.omitManagedFields], ['None', true]);
});

test('what is wrong with a policy is told by its field', () => {
  const policy = {
    omitStages: ['Later'],
    rules: [
      { level: 'Loud', nonResourceURLs: ['logs', '/a*b'], namespaces: ['x'] },
      { level: 'None', resources: [{ group: 'apps/v1', resourceNames: ['a'] }], omitStages: ['Never'] },
    ],
  } as unknown as AuditPolicy;
  const errors = validateAuditPolicy(policy);
  for (const text of [
    'omitStages[0]: Invalid value: "Later": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
    'rules[0].level: Unsupported value: "Loud": supported values: "None", "Metadata", "Request", "RequestResponse"',
    `rules[0].nonResourceURLs[0]: Invalid value: "logs": non-resource URL rules must begin with a '/' character`,
    `rules[0].nonResourceURLs[1]: Invalid value: "/a*b": non-resource URL wildcards '*' must be the final character of the rule`,
    'rules[0].nonResourceURLs: Invalid value: ["logs","/a*b"]: rules cannot apply to both regular resources and non-resource URLs',
    'rules[1].resources.group: Invalid value: "apps/v1": a lowercase RFC 1123 subdomain',
    'rules[1].resources.resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource',
    'rules[1].omitStages[0]: Invalid value: "Never"',
  ]) {
    assert.ok(fieldErrorsText(errors).includes(text), `${text}\n${fieldErrorsText(errors)}`);
  }
  assert.equal(errors.length, 8);
  assert.equal(validateAuditPolicy({ rules: [] }).length, 1);
});
