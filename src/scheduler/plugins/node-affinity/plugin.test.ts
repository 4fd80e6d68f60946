import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { podInfo } from '../../framework/pod-info.ts';
import type { Snapshot } from '../../framework/plugin.ts';
import { nodeAffinity } from './plugin.ts';

test('terms that ask for two names at once fit nowhere, and say so', () => {
  const named = (name: string) => ({ key: 'metadata.name', operator: 'In', values: [name] });
  const preFilter = (...terms: object[]) => {
    const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: terms };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } };
    const pod = { metadata: { name: 'p' }, spec: { affinity, containers: [] } } as unknown as Pod;
    return nodeAffinity().preFilter?.(podInfo(pod), {} as Snapshot);
  };
  const torn = { matchFields: [named('a'), named('b')] };
  assert.deepEqual(preFilter(torn), {
    plugin: 'NodeAffinity',
    code: 'UnschedulableAndUnresolvable',
    reasons: ['pod affinity terms conflict'],
  });
  const either = preFilter(torn, { matchFields: [named('c')] });
  assert.ok(either && 'nodeNames' in either);
  assert.deepEqual([...either.nodeNames!], ['c']);
});
