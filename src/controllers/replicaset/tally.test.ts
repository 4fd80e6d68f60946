import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { controllerOf } from '#machinery/object.ts';
import { isPodActive, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { type LabelGroup, PodTally } from './tally.ts';

const pod = fc
  .record({
    uid: fc.nat(5),
    owner: fc.option(fc.nat(2), { nil: undefined }),
    app: fc.option(fc.nat(1), { nil: undefined }),
    phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed'),
    ready: fc.boolean(),
    going: fc.boolean(),
  })
  .map(({ uid, owner, app, phase, ready, going }) => {
    const ownerReferences =
      owner === undefined
        ? undefined
        : [
            {
              apiVersion: 'apps/v1',
              kind: 'ReplicaSet',
              name: 'web',
              uid: `owner-${owner}`,
              controller: true,
            },
          ];
    return {
      metadata: {
        uid: `pod-${uid}`,
        name: `pod-${uid}`,
        ownerReferences,
        labels: app === undefined ? undefined : { app: String(app) },
        deletionTimestamp: going ? '2026-01-01T00:00:00Z' : undefined,
      },
      status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    } as Pod;
  });

function groupsByLooking(pods: Iterable<Pod>, owner: string): LabelGroup[] {
  const groups = new Map<string, LabelGroup>();
  for (const one of pods) {
    if (controllerOf(one)?.uid !== owner || isPodTerminal(one)) continue;
    const labels = one.metadata.labels ?? {};
    const text = JSON.stringify(labels);
    const group = groups.get(text) ?? { labels, active: 0, ready: 0, terminating: 0 };
    groups.set(text, group);
    if (!isPodActive(one)) group.terminating++;
    else {
      group.active++;
      if (isPodReady(one)) group.ready++;
    }
  }
  return [...groups.values()];
}

const sorted = (groups: readonly LabelGroup[]) => groups.map(group => JSON.stringify(group)).toSorted();

test('counts are what a look at each pod would find, whatever pods have become', () => {
  const change = fc.record({ pod, deleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), changes => {
      const tally = new PodTally();
      const pods = new Map<string, Pod>();
      for (const { pod: one, deleted } of changes) {
        if (deleted) {
          tally.delete(one);
          pods.delete(one.metadata.uid!);
        } else {
          tally.set(one);
          pods.set(one.metadata.uid!, one);
        }
        for (const owner of ['owner-0', 'owner-1', 'owner-2']) {
          assert.deepEqual(sorted(tally.groupsOf(owner)), sorted(groupsByLooking(pods.values(), owner)));
        }
      }
    }),
  );
});
