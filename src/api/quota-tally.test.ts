import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '#machinery/object.ts';
import { Quantity } from '#machinery/quantity.ts';
import { addAmounts } from './pod-totals.ts';
import { inScope } from './quota-scopes.ts';
import { QuotaTallies, QuotaTally } from './quota-tally.ts';
import { usageOf } from './quota-usage.ts';

const quotaOf = (spec: object) => ({
  kind: 'ResourceQuota',
  apiVersion: 'v1',
  metadata: { name: 'q', namespace: 'ns' },
  spec,
});
const names = ['pods', 'count/pods', 'requests.cpu', 'limits.memory', 'configmaps'];
const hard = Object.fromEntries(names.map(name => [name, '10']));
const startMs = Date.parse('2026-01-01T00:00:00Z');

const pods = fc.record({
  cpu: fc.constantFrom('100m', '1', '1500m'),
  memory: fc.constantFrom(undefined, '64Mi'),
  phase: fc.constantFrom('Running', 'Succeeded'),
  /** Seconds from the start on. */
  deletion: fc.option(fc.nat(100), { nil: undefined }),
});

function podOf(
  name: string,
  { cpu, memory, phase, deletion }: typeof pods extends fc.Arbitrary<infer T> ? T : never,
) {
  const ending =
    deletion === undefined
      ? {}
      : {
          deletionTimestamp: new Date(startMs + deletion * 1000).toISOString(),
          deletionGracePeriodSeconds: 5,
        };
  const resources = { requests: { cpu }, ...(memory ? { limits: { memory } } : {}) };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'ns', ...ending },
    spec: { containers: [{ name: 'c', resources }] },
    status: { phase },
  };
}

const steps = fc.array(
  fc.record({ key: fc.nat(5), pod: fc.option(pods, { nil: undefined }), seconds: fc.nat(10) }),
  { maxLength: 60 },
);

test('a tally is what counting all anew comes to, whatever comes, goes, ends and is late in ending', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (all, isScoped) => {
      const quota = quotaOf({ hard, ...(isScoped ? { scopes: ['NotBestEffort'] } : {}) });
      const tally = new QuotaTally(quota);
      const there = new Map<string, KubeObject>();
      let nowMs = startMs;
      for (const { key, pod, seconds } of all) {
        const name = `p${key}`;
        const object = pod && podOf(name, pod);
        nowMs += seconds * 1000;
        if (object) there.set(name, object);
        else there.delete(name);
        tally.set('core/pods', `ns/${name}`, object);
        const anew = new Map(names.map(resource => [resource, Quantity.zero]));
        for (const one of there.values()) {
          if (inScope(quota, 'core/pods', one)) addAmounts(anew, usageOf('core/pods', one, names, nowMs));
        }
        const told = tally.used(nowMs);
        for (const [resource, amount] of anew) assert.ok(told.get(resource)!.equals(amount), resource);
      }
    }),
  );
});

test('what is there is counted once, until the quota limits something else or goes', () => {
  const tallies = new QuotaTallies();
  let asked = 0;
  const objects = (bucket: string) => {
    asked++;
    return bucket === 'core/configmaps'
      ? [{ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'ns' } }]
      : [];
  };
  const used = (spec: object) => String(tallies.of(quotaOf(spec), objects).used(startMs).get('configmaps'));
  assert.equal(used({ hard: { configmaps: '5' } }), '1');
  const second = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'b', namespace: 'ns' } };
  tallies.set('core/configmaps', 'ns/b', second);
  tallies.set('core/configmaps', 'other/b', second);
  assert.equal(used({ hard: { configmaps: '5' } }), '2');
  assert.equal(asked, 1);
  assert.equal(used({ hard: { configmaps: '6' } }), '1');
  tallies.forget('ns/q');
  assert.equal(used({ hard: { configmaps: '6' } }), '1');
  assert.equal(asked, 3);
});
