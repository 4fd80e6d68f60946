import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, jobs, pods, resourceQuotas } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';
import { indexAnnotation } from './indexes.ts';

const namespace = 'default';

async function run(cluster: TestCluster, spec: Partial<Job['spec']>): Promise<void> {
  await cluster.client.create(jobs, { metadata: { namespace, name: 'work' }, spec: withTemplate(spec) });
}

function withTemplate(spec: Partial<Job['spec']>): NonNullable<Job['spec']> {
  return { template: { ...template('work', 'app:1', { restartPolicy: 'Never' }), metadata: {} }, ...spec };
}

const get = ({ client }: TestCluster) => client.get(jobs, namespace, 'work');

/** On a node that does not exist, so that the test says how each pod ends. */
const byHand = {
  template: { ...template('work', 'app:1', { restartPolicy: 'Never', nodeName: 'nowhere' }), metadata: {} },
};

async function end(
  cluster: TestCluster,
  pod: Pod,
  phase: 'Succeeded' | 'Failed',
  exitCode: number,
): Promise<void> {
  const finishedAt = new Date(cluster.clock.now()).toISOString().replace(/\.\d+/, '');
  const containerStatuses = [
    {
      name: 'main',
      restartCount: 0,
      ready: false,
      image: '',
      imageID: '',
      state: { terminated: { exitCode, finishedAt } },
    },
  ];
  const patch = { status: { phase, containerStatuses } };
  await cluster.client.patch(pods, namespace, pod.metadata.name!, 'merge', patch, { subresource: 'status' });
}

const isRunning = (pod: Pod) =>
  !['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') && !pod.metadata.deletionTimestamp;

async function finished(cluster: TestCluster): Promise<Job> {
  await cluster.until('the job is finished', async () => {
    const { status } = await get(cluster);
    return Boolean(status?.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed'));
  });
  return get(cluster);
}

test('runs to completion, never more at a time than asked, and counts each pod once', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { completions: 7, parallelism: 3 });
  await cluster.until('done', async () => {
    const { status } = await get(cluster);
    assert.ok((status?.active ?? 0) <= 3);
    return Boolean(status?.completionTime);
  });
  const { status } = await finished(cluster);
  assert.deepEqual([status?.succeeded, status?.failed ?? 0, status?.active ?? 0], [7, 0, 0]);
  assert.deepEqual(
    status?.conditions?.map(({ type, reason }) => [type, reason]),
    [
      ['SuccessCriteriaMet', 'CompletionsReached'],
      ['Complete', 'CompletionsReached'],
    ],
  );
  const left = await cluster.podsWhere();
  assert.equal(left.length, 7);
  assert.ok(
    left.every(pod => !pod.metadata.finalizers?.length),
    'no finalizer stays',
  );
  assert.deepEqual((await cluster.eventsOf('work')).at(-1), 'Completed: Job completed');
  assert.deepEqual(cluster.metric('job_controller_job_pods_finished_total'), [
    'job_controller_job_pods_finished_total{completion_mode="NonIndexed",result="succeeded"} 7',
  ]);
  assert.deepEqual(cluster.metric('job_controller_jobs_finished_total'), [
    'job_controller_jobs_finished_total{completion_mode="NonIndexed",reason="CompletionsReached",result="succeeded"} 1',
  ]);
  const actions = cluster
    .metric('job_controller_job_syncs_total')
    .map(line => /action="(\w+)"/.exec(line)?.[1]);
  for (const action of ['pods_created', 'tracking']) assert.ok(actions.includes(action), action);
});

test('an Indexed Job runs each index once', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { completions: 5, parallelism: 2, completionMode: 'Indexed' });
  const { status } = await finished(cluster);
  assert.deepEqual([status?.completedIndexes, status?.succeeded], ['0-4', 5]);
  const indexes = (await cluster.podsWhere()).map(pod => pod.metadata.annotations?.[indexAnnotation]);
  assert.deepEqual(indexes.sort(), ['0', '1', '2', '3', '4']);
  const [pod] = await cluster.podsWhere(({ metadata }) => metadata.annotations?.[indexAnnotation] === '3');
  assert.equal(pod?.spec?.hostname, 'work-3');
  assert.equal(pod?.spec?.containers[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX');
});

test('failures are tried again after a growing wait, up to the limit', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { backoffLimit: 2, ...byHand });
  const startedMs: number[] = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    await cluster.until(`attempt ${attempt}`, async () => (await cluster.podsWhere(isRunning)).length === 1);
    startedMs.push(cluster.clock.monotonicMs());
    await end(cluster, (await cluster.podsWhere(isRunning))[0]!, 'Failed', 1);
  }
  const { status } = await finished(cluster);
  assert.equal(status?.failed, 3);
  const { type, reason, message } = status!.conditions!.at(-1)!;
  assert.deepEqual(
    [type, reason, message],
    ['Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
  );
  const waits = startedMs.slice(1).map((at, i) => Math.round((at - startedMs[i]!) / 1000));
  assert.deepEqual(waits, [10, 20]);
});

test('a failure policy ignores disruptions and fails the Job on an exit code', async t => {
  const cluster = await testCluster(t);
  const rules = [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
  ];
  await run(cluster, { backoffLimit: 0, podFailurePolicy: { rules }, ...byHand });
  await cluster.until('the first pod', async () => (await cluster.podsWhere(isRunning)).length === 1);
  const [first] = await cluster.podsWhere(isRunning);
  const conditions = [
    { type: 'DisruptionTarget', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ];
  const patch = { status: { conditions } };
  await cluster.client.patch(pods, namespace, first!.metadata.name!, 'merge', patch, {
    subresource: 'status',
  });
  await end(cluster, first!, 'Failed', 1);
  await cluster.until('its replacement', async () => (await cluster.podsWhere(isRunning)).length === 1);
  assert.equal((await get(cluster)).status?.failed ?? 0, 0);
  await end(cluster, (await cluster.podsWhere(isRunning))[0]!, 'Failed', 42);
  const { status } = await finished(cluster);
  const { reason, message } = status!.conditions!.at(-1)!;
  assert.equal(reason, 'PodFailurePolicy');
  assert.match(
    message!,
    /^Container main for pod default\/work-\w+ failed with exit code 42 matching FailJob rule at index 1$/,
  );
  const handled = 'job_controller_pod_failures_handled_by_failure_policy_total';
  assert.deepEqual(cluster.metric(handled), [
    `${handled}{action="FailJob"} 1`,
    `${handled}{action="Ignore"} 1`,
  ]);
  const waiting = 'job_controller_terminated_pods_tracking_finalizer_total';
  assert.deepEqual(cluster.metric(waiting), [`${waiting}{event="add"} 2`, `${waiting}{event="delete"} 2`]);
});

test('activeDeadlineSeconds ends a Job that runs too long, its pods first', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { activeDeadlineSeconds: 30, parallelism: 2, completions: 2, ...byHand });
  await cluster.clock.advance(29_000);
  assert.equal((await cluster.podsWhere(isRunning)).length, 2);
  await cluster.clock.advance(2000);
  const { status } = await get(cluster);
  assert.deepEqual(
    status?.conditions?.map(({ type, reason }) => [type, reason]),
    [['FailureTarget', 'DeadlineExceeded']],
  );
});

test('a suspended Job has no pods, and goes on when resumed', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { suspend: true, completions: 2, parallelism: 2 });
  await cluster.clock.advance(5000);
  const { status } = await get(cluster);
  assert.equal((await cluster.podsWhere()).length, 0);
  assert.deepEqual([status?.conditions?.[0]?.type, status?.startTime], ['Suspended', undefined]);
  await cluster.client.patch(jobs, namespace, 'work', 'merge', { spec: { suspend: false } });
  assert.equal((await finished(cluster)).status?.succeeded, 2);
});

test('a finished Job goes when its time to live is over', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { ttlSecondsAfterFinished: 100 });
  await finished(cluster);
  await cluster.clock.advance(95_000);
  await get(cluster);
  await cluster.until('the job is gone', async () => !(await orNotFound(get(cluster))));
  await cluster.until('so are its pods', async () => (await cluster.podsWhere()).length === 0);
});

const failuresAnnotation = 'batch.kubernetes.io/job-index-failure-count';

/** The one pod of an index that runs. */
async function podOf(cluster: TestCluster, index: number): Promise<Pod> {
  const isIt = (pod: Pod) => isRunning(pod) && pod.metadata.annotations?.[indexAnnotation] === String(index);
  await cluster.until(`index ${index} runs`, async () => (await cluster.podsWhere(isIt)).length === 1);
  return (await cluster.podsWhere(isIt))[0]!;
}

const indexed = { completionMode: 'Indexed', ...byHand } as const;

function conditionsOf({ status }: Job): string[] {
  return (status?.conditions ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

test('a limit for each index: one that fails for good does not end the others', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { completions: 2, parallelism: 2, backoffLimitPerIndex: 1, ...indexed });
  const first = await podOf(cluster, 0);
  assert.equal(first.metadata.annotations?.[failuresAnnotation], '0');
  const startMs = cluster.clock.now();
  await end(cluster, first, 'Failed', 1);
  const second = await podOf(cluster, 0);
  assert.equal(second.metadata.annotations?.[failuresAnnotation], '1');
  assert.ok(cluster.clock.now() - startMs >= 9000, 'it came before its back-off was over');
  await cluster.until('the first is counted', async () => (await get(cluster)).status?.failed === 1);
  await end(cluster, second, 'Failed', 1);
  await cluster.until('the index has failed', async () => (await get(cluster)).status?.failedIndexes === '0');
  assert.deepEqual(conditionsOf(await get(cluster)), []);
  await end(cluster, await podOf(cluster, 1), 'Succeeded', 0);
  const job = await finished(cluster);
  assert.deepEqual(conditionsOf(job), [
    'FailureTarget FailedIndexes: Job has failed indexes',
    'Failed FailedIndexes: Job has failed indexes',
  ]);
  const { succeeded, failed, completedIndexes, failedIndexes } = job.status!;
  assert.deepEqual([succeeded, failed, completedIndexes, failedIndexes], [1, 2, '1', '0']);
});

test('too many failed indexes end the Job, and FailIndex fails one at once', async t => {
  const cluster = await testCluster(t);
  const rules = [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [42] } }];
  const limits = { backoffLimitPerIndex: 5, maxFailedIndexes: 1, podFailurePolicy: { rules } };
  await run(cluster, { completions: 5, parallelism: 5, ...limits, ...indexed });
  await end(cluster, await podOf(cluster, 1), 'Failed', 42);
  await cluster.until('one has failed', async () => (await get(cluster)).status?.failedIndexes === '1');
  await end(cluster, await podOf(cluster, 3), 'Failed', 42);
  await cluster.until('it is to fail', async () => conditionsOf(await get(cluster)).length > 0);
  const job = await get(cluster);
  assert.deepEqual(conditionsOf(job), [
    'FailureTarget MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes',
  ]);
  assert.deepEqual(
    [job.status?.failedIndexes, job.status?.active ?? 0, job.status?.terminating],
    ['1,3', 0, 3],
  );
});

test('a success policy ends the Job when its indexes are done', async t => {
  const cluster = await testCluster(t);
  const rules = [{ succeededIndexes: '0,2-3', succeededCount: 2 }];
  await run(cluster, { completions: 4, parallelism: 4, successPolicy: { rules }, ...indexed });
  await end(cluster, await podOf(cluster, 1), 'Succeeded', 0);
  await end(cluster, await podOf(cluster, 3), 'Succeeded', 0);
  await cluster.until('both count', async () => (await get(cluster)).status?.completedIndexes === '1,3');
  assert.deepEqual(conditionsOf(await get(cluster)), []);
  await end(cluster, await podOf(cluster, 0), 'Succeeded', 0);
  await cluster.until('it is to complete', async () => conditionsOf(await get(cluster)).length > 0);
  const job = await get(cluster);
  assert.deepEqual(conditionsOf(job), ['SuccessCriteriaMet SuccessPolicy: Matched rules at index 0']);
  assert.deepEqual([job.status?.completedIndexes, job.status?.failed ?? 0], ['0,1,3', 0]);
});

test('pods that are too many, or in the way of suspension, count for nothing', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { completions: 5, parallelism: 4, backoffLimit: 0, ...byHand });
  await cluster.until('four run', async () => (await cluster.podsWhere(isRunning)).length === 4);
  const patch = (spec: object) => cluster.client.patch(jobs, namespace, 'work', 'merge', { spec });
  await patch({ parallelism: 1 });
  await cluster.until('one runs', async () => (await get(cluster)).status?.active === 1);
  await patch({ suspend: true });
  await cluster.until('none runs', async () => !(await get(cluster)).status?.active);
  await cluster.clock.advance(60_000);
  const job = await get(cluster);
  assert.deepEqual(
    [job.status?.failed ?? 0, conditionsOf(job)],
    [0, ['Suspended JobSuspended: Job suspended']],
  );
});

test('fewer completions of an Indexed Job forget the indexes beyond', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { completions: 3, parallelism: 3, ...indexed });
  await end(cluster, await podOf(cluster, 0), 'Succeeded', 0);
  await end(cluster, await podOf(cluster, 2), 'Succeeded', 0);
  await cluster.until('two count', async () => (await get(cluster)).status?.succeeded === 2);
  const spec = { completions: 2, parallelism: 2 };
  await cluster.client.patch(jobs, namespace, 'work', 'merge', { spec });
  await cluster.until('one is forgotten', async () => (await get(cluster)).status?.completedIndexes === '0');
  assert.equal((await get(cluster)).status?.succeeded, 1);
});

test('with replacement of failed pods alone, a pod that goes keeps its place until it is gone', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { completions: 1, podReplacementPolicy: 'Failed', ...byHand });
  await cluster.until('it runs', async () => (await cluster.podsWhere(isRunning)).length === 1);
  const [pod] = await cluster.podsWhere(isRunning);
  await cluster.client.delete(pods, namespace, pod!.metadata.name!, { gracePeriodSeconds: 30 });
  await cluster.clock.advance(5000);
  const { status } = await get(cluster);
  assert.deepEqual([(await cluster.podsWhere()).length, status?.terminating, status?.failed ?? 0], [1, 1, 0]);
  await end(cluster, pod!, 'Failed', 137);
  await cluster.until('another runs', async () => (await cluster.podsWhere(isRunning)).length === 1);
  assert.equal((await get(cluster)).status?.failed, 1);
});

test('pods that end are counted while no more can be made', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(resourceQuotas, {
    metadata: { namespace, name: 'few' },
    spec: { hard: { pods: '2' } },
  });
  await cluster.until('the quota is in force', async () => {
    const { status } = await cluster.client.get(resourceQuotas, namespace, 'few');
    return status?.used !== undefined;
  });
  await run(cluster, { completions: 4, parallelism: 3, backoffLimit: 4, ...byHand });
  await cluster.until('two run', async () => (await cluster.podsWhere(isRunning)).length === 2);
  await cluster.clock.advance(5000);
  await end(cluster, (await cluster.podsWhere(isRunning))[0]!, 'Succeeded', 0);
  await cluster.until('it counts', async () => (await get(cluster)).status?.succeeded === 1);
});

const finalizersOf = (pod: Pod) => pod.metadata.finalizers ?? [];

test('pods that no Job counts any more lose their finalizers', async t => {
  const cluster = await testCluster(t);
  await run(cluster, { completions: 2, parallelism: 2, ...byHand });
  await cluster.until('two run', async () => (await cluster.podsWhere(isRunning)).length === 2);
  await cluster.client.delete(jobs, namespace, 'work', { propagationPolicy: 'Orphan' });
  await cluster.until('the job is gone', async () => !(await orNotFound(get(cluster))));
  const isFree = (pod: Pod) => !pod.metadata.ownerReferences?.length && finalizersOf(pod).length === 0;
  await cluster.until('its pods are free', async () => (await cluster.podsWhere(isFree)).length === 2);
  const finalizers = ['batch.kubernetes.io/job-tracking'];
  const other = await cluster.client.create(configMaps, { metadata: { namespace, name: 'other' } });
  const ownerReferences = [controllerReference(configMaps, other)];
  const spec = byHand.template.spec!;
  await cluster.client.create(pods, {
    metadata: { namespace, name: 'managed', finalizers, ownerReferences },
    spec,
  });
  await cluster.client.create(pods, { metadata: { namespace, name: 'stray', finalizers }, spec });
  await cluster.until('one of nobody is free too', async () => {
    const pod = await cluster.client.get(pods, namespace, 'stray');
    return finalizersOf(pod).length === 0;
  });
  const managed = await cluster.client.get(pods, namespace, 'managed');
  assert.deepEqual(finalizersOf(managed), finalizers, "another controller's is its own");
  await cluster.client.patch(pods, namespace, 'managed', 'merge', { metadata: { finalizers: null } });
});

test('a Job that goes makes and ends no pods, but tells of those that it has', async t => {
  const cluster = await testCluster(t);
  const kept = { namespace, name: 'work', finalizers: ['example.com/kept'] };
  const spec = withTemplate({ completions: 3, parallelism: 3, ...byHand });
  await cluster.client.create(jobs, { metadata: kept, spec });
  await cluster.until('three run', async () => (await cluster.podsWhere(isRunning)).length === 3);
  await cluster.clock.advance(2000);
  await end(cluster, (await cluster.podsWhere(isRunning))[0]!, 'Succeeded', 0);
  await cluster.client.delete(jobs, namespace, 'work', { propagationPolicy: 'Background' });
  await cluster.client.patch(jobs, namespace, 'work', 'merge', { spec: { suspend: true } });
  await cluster.clock.advance(30_000);
  const job = await get(cluster);
  assert.deepEqual([job.status?.succeeded, job.status?.active, conditionsOf(job)], [1, 2, []]);
  assert.ok((await cluster.podsWhere()).every(pod => finalizersOf(pod).length === 0));
});
