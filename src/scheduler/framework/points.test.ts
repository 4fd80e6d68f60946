import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFramework, type Profile } from '../profile.ts';
import { pluginContext } from '../testing.ts';
import type { Plugin } from './plugin.ts';
import type { ExtensionPoint } from './points.ts';

const sort: Plugin = { name: 'Sort', less: () => false };
const bind: Plugin = { name: 'Bind', bind: async () => true };
const filter = (name: string): Plugin => ({ name, preFilter: () => ({ test: () => undefined }) });
const both = (name: string): Plugin => ({ ...filter(name), preScore: () => ({ score: () => 1 }) });

function at(point: ExtensionPoint, profile: Partial<Profile>): string {
  const plugins = [sort, both('A'), both('B'), filter('C'), bind];
  const all = { schedulerName: 'x', plugins, weights: {}, percentageOfNodesToScore: 0, ...profile };
  const others = Object.fromEntries(['D', 'E'].map(name => [name, () => both(name)]));
  const framework = createFramework(all, pluginContext(), others);
  return framework
    .at(point)
    .map(plugin => plugin.name)
    .join(' ');
}

test('a plugin runs wherever it can, but where a point says otherwise', () => {
  assert.equal(at('filter', {}), 'A B C');
  assert.equal(at('score', {}), 'A B');
  assert.equal(at('score', { points: { score: { enabled: [], disabled: ['A'] } } }), 'B');
  assert.equal(at('filter', { points: { score: { enabled: [], disabled: ['A'] } } }), 'A B C');
  assert.equal(at('score', { points: { score: { enabled: ['D', 'B'], disabled: [] } } }), 'B A D');
  assert.equal(at('score', { points: { score: { enabled: ['D', 'B'], disabled: ['*'] } } }), 'D B');
});

test('what is enabled for PreFilter alone tests no node', () => {
  const points = { filter: { enabled: ['B'], disabled: ['*'] } };
  assert.equal(at('filter', { points }), 'B A C');
  assert.equal(at('filter', { points: { ...points, preFilter: { enabled: [], disabled: ['*'] } } }), 'B');
});

test('a profile that cannot be is told why', () => {
  const refused = (profile: Partial<Profile>, message: string) =>
    assert.throws(() => at('filter', profile), { name: 'ProfileError', message });
  refused({ plugins: [sort, 'Nowhere', bind] }, 'plugin "Nowhere" does not exist');
  refused(
    { points: { score: { enabled: ['C'], disabled: [] } } },
    'plugin "C" does not extend ScorePlugin plugin',
  );
  refused(
    { points: { filter: { enabled: ['A', 'A'], disabled: [] } } },
    'plugin "A" already registered as "FilterPlugin"',
  );
  refused({ plugins: [filter('A'), bind] }, 'a profile has one queue sort plugin, not 0');
});
