import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonSet, DaemonSetSpec } from '../generated/types/apps.v1.ts';
import { createErrors, created, testContext } from '../testing.ts';
import { daemonSetResource } from './daemon-set.ts';

const daemonSet = (spec: Partial<DaemonSetSpec> = {}): DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'd', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
    ...spec,
  },
});

test('defaults', () => {
  const { spec, status } = created(daemonSetResource, daemonSet());
  assert.deepEqual(spec?.updateStrategy, {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
  });
  assert.deepEqual(status, {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  });
});

test('one of the two limits is set', () => {
  const rolling = (maxUnavailable: number, maxSurge: number) =>
    createErrors(
      daemonSetResource,
      daemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge } } }),
    );
  assert.deepEqual(rolling(0, 0), [
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
  ]);
  assert.deepEqual(rolling(1, 1), [
    'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
  ]);
  assert.deepEqual(rolling(0, 1), []);
});

test('the versions of its template are counted in an annotation that clients cannot change', () => {
  const count = ({ metadata }: DaemonSet) =>
    metadata.annotations?.['deprecated.daemonset.template.generation'];
  const { strategy } = daemonSetResource;
  const stored = created(daemonSetResource, daemonSet());
  assert.equal(count(stored), '1');
  const updated = (change: (set: DaemonSet) => void) => {
    const next = structuredClone(stored);
    delete next.metadata.annotations;
    change(next);
    strategy.setDefaults!(next);
    strategy.prepareForUpdate!(next, stored, testContext());
    return count(next);
  };
  assert.equal(
    updated(({ spec }) => (spec!.minReadySeconds = 5)),
    '1',
  );
  assert.equal(
    updated(({ spec }) => (spec!.template.spec!.hostNetwork = true)),
    '2',
  );
  const reported = structuredClone(stored);
  reported.metadata.annotations = { 'deprecated.daemonset.template.generation': '7' };
  strategy.prepareForStatusUpdate!(reported, stored, testContext());
  assert.equal(count(reported), '1');
});

test("a count of the template's versions is a number", () => {
  const set = (text: string) => {
    const made = daemonSet({});
    made.metadata.annotations = { 'deprecated.daemonset.template.generation': text };
    return made;
  };
  assert.deepEqual(createErrors(daemonSetResource, set('7')), []);
  for (const [text, problem] of [
    ['', 'invalid syntax'],
    ['7 ', 'invalid syntax'],
    ['9223372036854775808', 'value out of range'],
  ] as const) {
    assert.throws(() => createErrors(daemonSetResource, set(text)), {
      message: `DaemonSet in version "v1" cannot be handled as a DaemonSet: strconv.ParseInt: parsing "${text}": ${problem}`,
    });
  }
});

test('a strategy that there is not is shown as a whole', () => {
  assert.deepEqual(createErrors(daemonSetResource, daemonSet({ updateStrategy: { type: 'Never' } })), [
    'spec.updateStrategy: Unsupported value: {"Type":"Never","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
  ]);
});
