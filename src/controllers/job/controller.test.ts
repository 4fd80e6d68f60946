import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobs, pods } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, template, testCluster } from '../testing.ts';
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
