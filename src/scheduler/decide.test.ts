import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base/random.ts';
import { decide } from './decide.ts';
import { diagnosisText } from './diagnosis.ts';
import type { Plugin } from './framework/plugin.ts';
import { podInfo } from './framework/pod-info.ts';
import { NodeTable } from './node-table.ts';
import { createFramework, defaultProfile, type Profile } from './profile.ts';
import { nodeOf, podOf, Scenario } from './scenario.ts';
import { pluginContext } from './testing.ts';

function decided(profile: Partial<Profile>, words: Record<string, string>) {
  const table = new NodeTable(() => ({}));
  for (const name of ['a', 'b', 'c']) table.setNode(nodeOf(name, {}));
  const framework = createFramework({ ...defaultProfile, ...profile }, pluginContext());
  return [0, 1, 2].map(start => {
    const random = new SeededRandom(start + 1);
    return decide(framework, table, podInfo(podOf('p', words)), random, start);
  });
}

test('plugins that leave no node between them are named in the order of their names', () => {
  const early: Plugin = {
    name: 'Early',
    preFilter: () => ({ nodeNames: new Set(['b']), test: () => undefined }),
  };
  const [one] = decided({ plugins: [...defaultProfile.plugins, early] }, { names: 'a' });
  assert.ok(one!.verdict.type === 'unfit');
  assert.equal(
    diagnosisText(one!.verdict.diagnosis),
    "0/3 nodes are available: node(s) didn't satisfy plugin(s) [Early NodeAffinity] simultaneously.",
  );
});

test('where nothing scores, the first node that fits is taken, and the next search begins after it', () => {
  const found = decided({ points: { score: { enabled: [], disabled: ['*'] } } }, {});
  assert.deepEqual(
    found.map(({ verdict, nextStart }) => verdict.type === 'fits' && [verdict.nodeName, nextStart]),
    [
      ['a', 1],
      ['b', 2],
      ['c', 0],
    ],
  );
});

test('preemption looks on until it has found a node that no budget protects, if there is any', () => {
  const args = { DefaultPreemption: { minCandidateNodesAbsolute: 1, minCandidateNodesPercentage: 0 } };
  for (const free of ['n0', 'n1', 'n2', 'n3']) {
    const scenario = new Scenario({ ...defaultProfile, args });
    scenario.run('protect app:kept 0');
    for (const name of ['n0', 'n1', 'n2', 'n3']) {
      scenario.run(`node ${name} cpu=1`);
      scenario.run(`pod on-${name} on=${name} cpu=1 ${name === free ? '' : 'labels=app:kept'}`);
    }
    scenario.run('pod high cpu=1 priority=1');
    const [, nominated] = scenario.run('schedule high');
    assert.equal(nominated, `  nominated to ${free}, evicts on-${free}`);
  }
});
