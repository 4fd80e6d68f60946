import assert from 'node:assert/strict';
import { checkCollection } from '../lifecycle.ts';
import { row } from '../row.ts';
import { ifNotFound, type Trial } from '../trial.ts';
import { isReady, job, podsOf, readyPods } from '../workloads.ts';

const has = async (t: Trial, type: string, name = 'job') =>
  (await t.api.jobs.get(name)).status?.conditions?.some(c => c.type === type && c.status === 'True') === true;

export const jobRows = [
  row('Job should adopt matching orphans and release non-matching pods', async t => {
    const { metadata } = await t.api.jobs.create(job('job', { parallelism: 2, completions: 2 }));
    const [first] = await readyPods(t, 'app=job', 2);
    const name = first!.metadata!.name!;
    const owner = async () => (await t.api.pods.get(name)).metadata!.ownerReferences?.[0]?.uid;
    await t.api.pods.patch(name, { metadata: { ownerReferences: null } });
    await t.until('the orphan to be adopted', async () => (await owner()) === metadata!.uid);
    const labels = Object.fromEntries(Object.keys(first!.metadata!.labels!).map(label => [label, null]));
    await t.api.pods.patch(name, { metadata: { labels } });
    await t.until('the pod to be released', async () => (await owner()) === undefined);
  }),

  row('Job should apply changes to a job status', async t => {
    await t.api.jobs.create(job('job', { parallelism: 2 }));
    await readyPods(t, 'app=job', 2);
    const startTime = '2030-01-01T00:00:00Z';
    const patched = await t.api.jobs.patchStatus('job', {
      metadata: { annotations: { patchedstatus: 'true' } },
      status: { conditions: [{ type: 'CustomConditionType', status: 'True' }] },
    });
    assert.equal(patched.metadata!.annotations?.patchedstatus, 'true');
    assert.ok(patched.status!.conditions!.some(c => c.type === 'CustomConditionType'));
    await t.api.jobs.updateStatus('job', object => {
      object.metadata!.annotations = { ...object.metadata!.annotations, updatedstatus: startTime };
    });
    const read = await t.api.jobs.getStatus('job');
    assert.equal(read.metadata!.annotations?.updatedstatus, startTime);
    assert.equal(read.metadata!.annotations?.patchedstatus, 'true');
  }),

  row('Job should delete a job', async t => {
    await t.api.jobs.create(job('job', { parallelism: 2, completions: 4 }));
    await readyPods(t, 'app=job', 2);
    assert.equal((await t.api.jobs.get('job')).status?.active, 2);
    await t.api.jobs.delete('job', { propagationPolicy: 'Foreground' });
    await t.gone(t.api.jobs, 'job');
    assert.equal((await podsOf(t, 'app=job')).length, 0);
  }),

  row('Job should manage the lifecycle of a job', async t => {
    const { jobs } = t.api;
    await jobs.create(job('job', { suspend: true }));
    await t.until('the Suspended condition', () => has(t, 'Suspended'));
    assert.equal((await podsOf(t, 'app=job')).length, 0);
    const patched = await jobs.patch('job', { metadata: { labels: { [t.id]: 'patched' } } });
    assert.equal(patched.metadata!.labels?.[t.id], 'patched');
    const updated = await jobs.update('job', object => {
      object.spec!.suspend = false;
      object.metadata!.annotations = { ...object.metadata!.annotations, updated: 'true' };
    });
    assert.equal(updated.metadata!.annotations?.updated, 'true');
    await readyPods(t, 'app=job', 1);
    const all = await jobs.listAll({ labelSelector: `${t.id}=patched` });
    assert.equal(all.items.length, 1);
    await jobs.deleteCollection({ labelSelector: `${t.id}=patched`, propagationPolicy: 'Background' });
    await t.gone(jobs, 'job');
    await checkCollection(t, jobs, (name, labels) => ({
      ...job(name, { suspend: true }),
      metadata: { name, labels },
    }));
  }),

  row('Job should create pods for an Indexed job with completion indexes and specified hostname', async t => {
    const spec = { completionMode: 'Indexed', completions: 4, parallelism: 2 };
    await t.api.jobs.create(job('job', spec, { command: ['sleep', '1'] }));
    await t.until('the job to complete', () => has(t, 'Complete'));
    const annotation = 'batch.kubernetes.io/job-completion-index';
    const succeeded = (await podsOf(t, 'app=job')).filter(pod => pod.status?.phase === 'Succeeded');
    const indexes = succeeded.map(pod => pod.metadata!.annotations?.[annotation]);
    assert.deepEqual(indexes.sort(), ['0', '1', '2', '3']);
    for (const { metadata, spec: podSpec } of succeeded) {
      const index = metadata!.annotations![annotation];
      assert.equal(podSpec!.hostname, `job-${index}`);
      const variable = podSpec!.containers[0]!.env?.find(env => env.name === 'JOB_COMPLETION_INDEX');
      const label = metadata!.labels?.[annotation];
      assert.ok(variable && (variable.value === index || variable.valueFrom?.fieldRef));
      assert.equal(label, index);
    }
    assert.equal((await t.api.jobs.get('job')).status?.completedIndexes, '0-3');
  }),

  row('Job should allow to use the pod failure policy on exit code to fail the job early', async t => {
    const onExitCodes = { containerName: 'c', operator: 'In', values: [42] };
    await t.api.jobs.create(
      job(
        'job',
        { backoffLimit: 6, podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes }] } },
        { command: ['sh', '-c', 'exit 42'] },
      ),
    );
    await t.until('the job to fail', () => has(t, 'Failed'));
    const { status } = await t.api.jobs.get('job');
    assert.equal(status?.conditions?.find(c => c.type === 'Failed')?.reason, 'PodFailurePolicy');
    assert.equal(status?.failed, 1);
  }),

  row(
    'Job should allow to use a pod failure policy to ignore failure matching on DisruptionTarget condition',
    async t => {
      const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }];
      await t.api.jobs.create(
        job(
          'job',
          {
            completionMode: 'Indexed',
            completions: 2,
            parallelism: 2,
            backoffLimit: 0,
            podFailurePolicy: { rules },
          },
          { command: ['sleep', '3'] },
        ),
      );
      const [victim] = await t.until('two running pods', async () => {
        const pods = await podsOf(t, 'app=job');
        return pods.length === 2 && pods.every(isReady) && pods;
      });
      const name = victim!.metadata!.name!;
      const evicted = await t.raw({
        method: 'POST',
        path: `${t.api.pods.path}/${name}/eviction`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }),
      });
      assert.equal(evicted.status, 201, evicted.text);
      await t.until('the pod to go', async () => {
        const found = await t.api.pods.get(name).catch(ifNotFound);
        return found === undefined || found.status?.phase === 'Failed';
      });
      await t.until('the job to complete', () => has(t, 'Complete'));
      assert.equal((await t.api.jobs.get('job')).status?.failed ?? 0, 0);
    },
  ),
];
