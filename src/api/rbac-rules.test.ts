import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import {
  atomicRules,
  compactRules,
  describeRule,
  type RuleQuestion,
  ruleAllows,
  uncoveredRules,
} from './rbac-rules.ts';

function ask(part: Partial<RuleQuestion>): RuleQuestion {
  return {
    verb: 'get',
    isResource: true,
    group: '',
    resource: 'pods',
    subresource: '',
    name: '',
    path: '',
    ...part,
  };
}

const some = (...values: string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const resourceRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some('get', 'list', '*'),
  apiGroups: some('', 'apps', '*'),
  resources: some('pods', 'pods/log', '*/log', 'nodes', '*'),
  resourceNames: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
});
const pathRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some('get', '*'),
  nonResourceURLs: some('/x', '/x/*', '/*', '*', '/x/y'),
});
const anyRules = fc.array(
  fc.oneof({ weight: 3, arbitrary: resourceRule }, { weight: 1, arbitrary: pathRule }),
  {
    maxLength: 3,
  },
);

const requests: RuleQuestion[] = [
  ...['get', 'list', 'delete'].flatMap(verb =>
    ['', 'apps', 'batch'].flatMap(group =>
      ['pods', 'nodes', 'jobs'].flatMap(resource =>
        ['', 'log', 'exec'].flatMap(subresource =>
          ['', 'a', 'b', 'c'].map(name => ask({ verb, group, resource, subresource, name })),
        ),
      ),
    ),
  ),
  ...['get', 'post'].flatMap(verb =>
    ['/x', '/x/y', '/x/z', '/y', '/'].map(path => ask({ verb, isResource: false, resource: '', path })),
  ),
];

const allows = (rules: readonly PolicyRule[], request: RuleQuestion) =>
  rules.some(rule => ruleAllows(rule, request));

test('rules that are covered allow nothing that their cover does not', () => {
  let covered = 0;
  fc.assert(
    fc.property(anyRules, anyRules, (owned, wanted) => {
      if (uncoveredRules(owned, wanted).length > 0) return;
      if (wanted.length > 0) covered++;
      for (const request of requests) {
        if (allows(wanted, request)) assert.ok(allows(owned, request), JSON.stringify(request));
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(covered > 20, `only ${covered} cases were covered`);
});

test('atomic and compacted rules allow exactly what they came from', () => {
  fc.assert(
    fc.property(anyRules, rules => {
      const atoms = rules.flatMap(atomicRules);
      const compact = compactRules(atoms);
      for (const request of requests) {
        assert.equal(allows(atoms, request), allows(rules, request));
        assert.equal(allows(compact, request), allows(rules, request));
      }
      assert.deepEqual(uncoveredRules(rules, atoms), []);
    }),
    { numRuns: 300 },
  );
});

test('wild cards, subresources, names and paths', () => {
  const rule = (part: Partial<PolicyRule>): PolicyRule => ({
    verbs: ['get'],
    apiGroups: [''],
    resources: ['pods'],
    ...part,
  });
  assert.equal(ruleAllows(rule({}), ask({})), true);
  assert.equal(ruleAllows(rule({}), ask({ subresource: 'log' })), false);
  assert.equal(ruleAllows(rule({ resources: ['pods/log'] }), ask({ subresource: 'log' })), true);
  assert.equal(ruleAllows(rule({ resources: ['pods/*'] }), ask({ subresource: 'log' })), false);
  assert.equal(ruleAllows(rule({ resources: ['*/log'] }), ask({ subresource: 'log' })), true);
  assert.equal(ruleAllows(rule({ resources: ['*'] }), ask({ subresource: 'log' })), true);
  assert.equal(ruleAllows(rule({ resourceNames: ['a'] }), ask({ name: 'a' })), true);
  assert.equal(ruleAllows(rule({ resourceNames: ['a'] }), ask({ name: '' })), false);
  const url = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs });
  const path = (value: string) => ask({ isResource: false, path: value });
  assert.equal(ruleAllows(url('/healthz/*'), path('/healthz/ping')), true);
  assert.equal(ruleAllows(url('/healthz/*'), path('/healthz')), false);
  assert.equal(ruleAllows(url('*'), path('/anything')), true);
  assert.equal(ruleAllows(url('*'), ask({})), false);
});

test('rules are shown as upstream shows them', () => {
  assert.equal(
    describeRule({ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a', 'b'] }),
    '{APIGroups:[""], Resources:["pods"], ResourceNames:["a" "b"], Verbs:["get"]}',
  );
  assert.equal(
    describeRule({ verbs: ['*'], nonResourceURLs: ['*'] }),
    '{NonResourceURLs:["*"], Verbs:["*"]}',
  );
});
