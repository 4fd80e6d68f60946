import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Job,
  JobSpec,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../../generated/types/batch.v1.ts';
import type { PodSpec } from '../../generated/types/core.v1.ts';
import { createErrors, createWarnings, created, updateErrors } from '../../testing.ts';
import { jobResource } from './definition.ts';
import { validateJobUpdate } from './validation.ts';

const job = (spec: Partial<JobSpec> = {}, pod: Partial<PodSpec> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j', namespace: 'default', uid: 'u-1' },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i:1' }], ...pod } },
    ...spec,
  },
});

test('a job selects the pods that it labels with its uid', () => {
  const { metadata, spec } = created(jobResource, job());
  assert.deepEqual(metadata.labels, spec?.template.metadata?.labels);
  assert.deepEqual(spec?.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } });
  assert.deepEqual(spec?.template.metadata?.labels, {
    'batch.kubernetes.io/controller-uid': 'u-1',
    'batch.kubernetes.io/job-name': 'j',
    'controller-uid': 'u-1',
    'job-name': 'j',
  });
  assert.deepEqual(createErrors(jobResource, job()), []);
});

test("what is another job's is refused", () => {
  const labelled = (labels: Record<string, string>, spec: Partial<JobSpec> = {}): Job => {
    const made = job(spec);
    made.spec!.template.metadata = { labels };
    return made;
  };
  const at = 'spec.template.metadata.labels';
  assert.deepEqual(createErrors(jobResource, labelled({ 'job-name': 'j', 'controller-uid': 'u-1' })), []);
  assert.match(
    createErrors(jobResource, labelled({ 'controller-uid': 'u-0' }))[0]!,
    /^spec\.template\.metadata\.labels\[controller-uid\]: Invalid value: \{.*"controller-uid":"u-0".*\}: must be 'u-1'$/,
  );
  const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-0' } };
  assert.deepEqual(
    createErrors(jobResource, job({ selector })).map(text => text.split(':')[0]),
    ['spec.selector', at],
  );
  const manual = labelled({ app: 'x' }, { manualSelector: true });
  assert.deepEqual(createErrors(jobResource, manual), [
    'spec.selector: Required value',
    `${at}: Invalid value: {"app":"x"}: \`selector\` does not match template \`labels\``,
  ]);
  const stored = created(jobResource, job({ suspend: true }));
  const { template } = stored.spec!;
  const bare = { ...stored, spec: { ...stored.spec!, template: { ...template, metadata: {} } } };
  assert.deepEqual(updateErrors(jobResource, stored, bare).slice(0, 2), [
    `${at}[controller-uid]: Required value: must be 'u-1'`,
    `${at}[job-name]: Required value: must be 'j'`,
  ]);
});

test('counts are defaulted', () => {
  const counts = (spec: Partial<JobSpec>) => {
    const made = created(jobResource, job(spec)).spec!;
    return [made.completions, made.parallelism, made.backoffLimit, made.podReplacementPolicy];
  };
  assert.deepEqual(counts({}), [1, 1, 6, 'TerminatingOrFailed']);
  assert.deepEqual(counts({ parallelism: 2 }), [undefined, 2, 6, 'TerminatingOrFailed']);
  assert.deepEqual(counts({ completions: 3 }), [3, 1, 6, 'TerminatingOrFailed']);
  assert.deepEqual(counts({ backoffLimitPerIndex: 1, podFailurePolicy: { rules: [] } }), [
    1,
    1,
    2147483647,
    'Failed',
  ]);
});

test('pods that never end are refused', () => {
  assert.deepEqual(createErrors(jobResource, job({}, { restartPolicy: 'Always' })), [
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ]);
});

test('an indexed job says how many', () => {
  assert.deepEqual(createErrors(jobResource, job({ completionMode: 'Indexed', parallelism: 2 })), [
    'spec.completions: Required value: when completion mode is Indexed',
  ]);
  assert.deepEqual(createErrors(jobResource, job({ completionMode: 'Some' })), [
    'spec.completionMode: Unsupported value: "Some": supported values: "NonIndexed", "Indexed"',
  ]);
});

test('limits and suspension may change, the rest not', () => {
  const stored = created(jobResource, job());
  assert.deepEqual(
    updateErrors(jobResource, stored, {
      ...stored,
      spec: { ...stored.spec!, parallelism: 5, suspend: true },
    }),
    [],
  );
  assert.deepEqual(
    updateErrors(jobResource, stored, { ...stored, spec: { ...stored.spec!, completions: 5 } }),
    ['spec.completions: Invalid value: 5: field is immutable'],
  );
});

test('a suspended job whose pods are gone may be told anew where to run and with what', () => {
  const held = created(jobResource, job({ suspend: true }));
  const changed = (pod: Partial<PodSpec>, old: Job = held) => {
    const { template } = old.spec!;
    const spec = { ...template.spec!, ...pod };
    const next = { metadata: { ...template.metadata, annotations: { a: 'b' } }, spec };
    return validateJobUpdate({ ...old, spec: { ...old.spec!, template: next } }, old).map(
      ({ field }) => field,
    );
  };
  const larger = (image = 'i:1'): Partial<PodSpec> => ({
    containers: [
      { ...held.spec!.template.spec!.containers[0]!, image, resources: { requests: { cpu: '4' } } },
    ],
  });
  const affinity = (kind: string): Partial<PodSpec> => ({
    affinity: {
      [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [] },
    },
  });
  const started = { startTime: '2026-01-01T00:00:00Z' };
  const conditions = [{ type: 'Suspended', status: 'True' }];
  assert.deepEqual(changed(larger()), []);
  assert.deepEqual(changed({ ...affinity('nodeAffinity'), nodeSelector: { a: 'b' } }), []);
  assert.deepEqual(changed(affinity('podAffinity')), ['spec.template.spec']);
  assert.deepEqual(changed(larger('i:2')), ['spec.template.spec']);
  assert.deepEqual(changed(larger(), { ...held, status: started }), ['spec.template']);
  assert.deepEqual(changed(larger(), { ...held, status: { ...started, conditions } }), []);
  assert.deepEqual(changed(larger(), { ...held, status: { active: 1, conditions } }), ['spec.template']);
});

test('kubectl get jobs', () => {
  const done: Job = {
    ...job({ completions: 2 }),
    status: {
      succeeded: 2,
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:00:09Z',
      conditions: [{ type: 'Complete', status: 'True' }],
    },
  };
  assert.deepEqual(jobResource.row!(done, 0).slice(0, 4), ['j', 'Complete', '2/2', '9s']);
});

test('a selector that was not made is refused, and a manager is a path of a domain', () => {
  assert.deepEqual(createErrors(jobResource, job({ selector: { matchLabels: { a: 'b' } } })).length, 2);
  assert.match(
    createErrors(jobResource, job({ managedBy: 'me' }))[0]!,
    /^spec\.managedBy: .*domain-prefixed path/,
  );
  assert.deepEqual(createErrors(jobResource, job({ managedBy: 'example.com/me' })), []);
});

test('a failure policy names containers, codes in order and conditions', () => {
  const errorsOf = (rule: object, more: Partial<JobSpec> = {}) =>
    createErrors(jobResource, job({ ...more, podFailurePolicy: { rules: [rule as PodFailurePolicyRule] } }));
  const at = 'spec.podFailurePolicy.rules[0]';
  const onExitCodes = { operator: 'In', values: [1, 2] };
  assert.deepEqual(errorsOf({ action: 'FailJob', onExitCodes }), []);
  assert.deepEqual(errorsOf({ action: 'FailJob' }), [
    `${at}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
  ]);
  assert.deepEqual(errorsOf({ action: 'FailIndex', onExitCodes }), [
    `${at}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
  ]);
  assert.deepEqual(
    errorsOf({ action: 'Count', onExitCodes: { operator: 'In', values: [3, 0], containerName: 'x' } }),
    [
      `${at}.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
      `${at}.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
      `${at}.onExitCodes.values: Invalid value: [3,0]: must be ordered`,
    ],
  );
  assert.deepEqual(errorsOf({ action: 'Count', onPodConditions: [{ type: 'A', status: 'Maybe' }] }), [
    `${at}.onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
  ]);
  assert.deepEqual(
    errorsOf({ action: 'FailJob', onExitCodes }, { podReplacementPolicy: 'TerminatingOrFailed' }),
    ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
  );
});

test('a success policy counts indexes that there are', () => {
  const errorsOf = (...rules: SuccessPolicyRule[]) =>
    createErrors(jobResource, job({ completionMode: 'Indexed', completions: 5, successPolicy: { rules } }));
  const at = 'spec.successPolicy.rules';
  assert.deepEqual(errorsOf({ succeededIndexes: '0,2-4', succeededCount: 4 }), []);
  assert.deepEqual(createErrors(jobResource, job({ successPolicy: { rules: [] } })), [
    'spec.successPolicy: Invalid value: {"Rules":[]}: requires indexed completion mode',
  ]);
  assert.deepEqual(errorsOf(), [
    `${at}: Required value: at least one rules must be specified when the successPolicy is specified`,
  ]);
  assert.deepEqual(errorsOf({}), [
    `${at}[0]: Required value: at least one of succeededCount or succeededIndexes must be specified`,
  ]);
  const parsing = (text: string) =>
    errorsOf({ succeededIndexes: text })[0]!.split('error parsing succeededIndexes: ')[1];
  assert.equal(
    parsing('1-2-3'),
    'the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by \'-\'',
  );
  assert.equal(parsing('a'), 'cannot convert string to integer for index: "a"');
  assert.equal(parsing('1-7'), 'too large index: "7"');
  assert.equal(parsing('3,1'), 'non-increasing order, previous: 3, current: 1');
  assert.deepEqual(errorsOf({ succeededIndexes: '0-1', succeededCount: 6 }), [
    `${at}[0].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)`,
    `${at}[0].succeededCount: Invalid value: 6: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)`,
  ]);
});

test('an indexed job has names for its pods, and limits', () => {
  const indexed = (spec: Partial<JobSpec>) =>
    createErrors(jobResource, job({ completionMode: 'Indexed', ...spec }));
  assert.match(
    indexed({ completions: 2, maxFailedIndexes: 3, backoffLimitPerIndex: 1 })[0]!,
    /must be less than or equal to completions$/,
  );
  assert.deepEqual(indexed({ completions: 100_001, parallelism: 1, backoffLimitPerIndex: 1 }), [
    'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
  ]);
  const named = job({ completionMode: 'Indexed', completions: 5 });
  named.metadata.name = 'a'.repeat(62);
  assert.match(
    createErrors(jobResource, named)[0]!,
    /^metadata\.name: .*: will not able to create pod with invalid DNS label: a+-4$/,
  );
});

test('an indexed job grows in tandem', () => {
  const indexed = (completions: number, parallelism: number) =>
    created(jobResource, job({ completionMode: 'Indexed', completions, parallelism }));
  assert.deepEqual(updateErrors(jobResource, indexed(2, 2), indexed(3, 3)), []);
  assert.deepEqual(updateErrors(jobResource, indexed(2, 2), indexed(3, 2)), [
    'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
  ]);
});

test('more indexes than can be followed are warned of', () => {
  const large = job({ completionMode: 'Indexed', completions: 100_001, parallelism: 10_001 });
  large.metadata.name = 'a.b';
  const [name, indexes, ...more] = createWarnings(jobResource, large);
  assert.match(
    name!,
    /^metadata\.name: this is used in Pod names and hostnames, .*\[must not contain dots\]$/,
  );
  assert.match(indexes!, /^spec: In Indexed Jobs with a number of completions higher than 10\^5 /);
  assert.deepEqual(more, []);
  assert.deepEqual(jobResource.strategy.warnings!(large, large), []);
});
