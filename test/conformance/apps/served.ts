import assert from 'node:assert/strict';
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { agnhost, containerRow, execute, script } from '../containers/programs.ts';
import { client } from '../network/reaching.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { job, readyPods } from '../workloads.ts';

const labels = { app: 'served' };

/** That each of two replicas answers with its own name. */
async function serve(t: Trial, create: (template: V1PodTemplateSpec) => Promise<unknown>): Promise<void> {
  await create({ metadata: { labels }, spec: agnhost(['netexec']) });
  await client(t);
  const pods = await readyPods(t, 'app=served', 2);
  for (const { metadata, status } of pods) {
    const url = `http://${status!.podIP}:8080/hostname`;
    await t.until(`${metadata!.name} to answer`, async () => {
      const { stdout } = await execute(t, 'client', ['agnhost', 'fetch', url]);
      return stdout.trim() === metadata!.name;
    });
  }
}

export const servedRows: readonly Row[] = [
  containerRow('ReplicaSet should serve a basic image on each replica with a public image', t =>
    serve(t, template =>
      t.api.replicaSets.create({
        metadata: { name: 'served' },
        spec: { replicas: 2, selector: { matchLabels: labels }, template },
      }),
    ),
  ),

  containerRow('ReplicationController should serve a basic image on each replica with a public image', t =>
    serve(t, template =>
      t.api.replicationControllers.create({
        metadata: { name: 'served' },
        spec: { replicas: 2, selector: labels, template },
      }),
    ),
  ),

  containerRow(
    'Job should run a job to completion when tasks sometimes fail and are locally restarted',
    async t => {
      const failOnce = 'test -e /v/ran && exit 0; touch /v/ran; exit 1';
      const volumeMounts = [{ name: 'v', mountPath: '/v' }];
      const volumes = [{ name: 'v', emptyDir: {} }];
      const made = job('failing', { parallelism: 2, completions: 4, backoffLimit: 6 });
      made.spec.template.spec = script(failOnce, { volumeMounts }, { volumes, restartPolicy: 'OnFailure' });
      await t.api.jobs.create(made);
      await t.until(
        'the job to complete',
        async () => (await t.api.jobs.get('failing')).status!.conditions?.some(c => c.type === 'Complete'),
        110_000,
      );
      assert.equal((await t.api.jobs.get('failing')).status!.succeeded, 4);
      const { items } = await t.api.pods.list({ labelSelector: 'job-name=failing' });
      assert.equal(items.length, 4);
      for (const { status } of items) assert.equal(status!.containerStatuses![0]!.restartCount, 1);
    },
  ),
];
