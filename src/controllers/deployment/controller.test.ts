import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployments, replicaSets } from '#api/generated/refs.ts';
import type { Deployment } from '#api/generated/types/apps.v1.ts';
import { isPodAvailable } from '../shared/pods.ts';
import { imageOf, type TestCluster, template, testCluster } from '#test/controllers.ts';
import { revisionAnnotation, type Sets } from './sets.ts';
import { countedStatus } from './status.ts';

function deployment(
  replicas: number,
  image: string,
  more: Partial<Deployment['spec']> = {},
): Partial<Deployment> {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template('web', image), ...more },
  };
}

const get = ({ client }: TestCluster) => client.get(deployments, 'default', 'web');

async function rolledOut(cluster: TestCluster, replicas: number): Promise<void> {
  await cluster.until('the rollout is through', async () => {
    const { status, metadata } = await get(cluster);
    return (
      status?.observedGeneration === metadata.generation &&
      status?.updatedReplicas === replicas &&
      status.replicas === replicas &&
      status.availableReplicas === replicas
    );
  });
}

const setImage = (cluster: TestCluster, image: string) =>
  cluster.client.patch(deployments, 'default', 'web', 'strategic', {
    spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
  });

test('a rolling update keeps enough pods available, and leaves the old set for undo', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(deployments, deployment(4, 'app:1'));
  await rolledOut(cluster, 4);
  const first = await get(cluster);
  assert.equal(first.metadata.generation, 1, 'its own revision is no change of what is wanted');
  assert.deepEqual(
    first.metadata.managedFields?.slice(1).map(({ subresource }) => subresource),
    ['status'],
  );
  await setImage(cluster, 'app:2');
  let least = 4;
  await cluster.until('all pods are of the new image', async () => {
    const all = await cluster.podsWhere(pod => !pod.metadata.deletionTimestamp);
    const available = all.filter(pod => isPodAvailable(pod, 0, cluster.clock.now()));
    least = Math.min(least, available.length);
    assert.ok(all.length <= 5, `${all.length} pods: more than the surge allows`);
    return available.length === 4 && all.every(pod => imageOf(pod) === 'app:2');
  });
  assert.ok(least >= 3, `${least} available: fewer than 25 % unavailable allows`);
  await rolledOut(cluster, 4);
  const { items } = await cluster.client.list(replicaSets, 'default');
  assert.deepEqual(
    items.map(set => [set.metadata.annotations?.[revisionAnnotation], set.spec?.replicas]).sort(),
    [
      ['1', 0],
      ['2', 4],
    ],
  );
  const done = await get(cluster);
  assert.equal(done.metadata.annotations?.[revisionAnnotation], '2');
  assert.deepEqual(
    done.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]).sort(),
    [
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ],
  );
  const told = await cluster.eventsOf('web');
  assert.match(told[0]!, /^ScalingReplicaSet: Scaled up replica set web-\w+ from 0 to 4$/);
});

test('counts on from a revision of 64 bits', async t => {
  const cluster = await testCluster(t);
  const { spec } = deployment(1, 'app:1') as Deployment;
  const labels = spec!.template.metadata!.labels!;
  const annotations = { [revisionAnnotation]: '3546343826724305832' };
  await cluster.client.create(replicaSets, {
    metadata: { namespace: 'default', name: 'old', labels, annotations },
    spec: { replicas: 1, selector: spec!.selector, template: spec!.template },
  });
  await cluster.client.create(deployments, deployment(1, 'app:2'));
  await rolledOut(cluster, 1);
  const done = await get(cluster);
  assert.equal(done.metadata.annotations?.[revisionAnnotation], '3546343826724305833');
});

test('going back to an old template uses its set again, under a new revision', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(deployments, deployment(2, 'app:1'));
  await rolledOut(cluster, 2);
  await setImage(cluster, 'app:2');
  await rolledOut(cluster, 2);
  await setImage(cluster, 'app:1');
  await rolledOut(cluster, 2);
  const { items } = await cluster.client.list(replicaSets, 'default');
  const shown = items.map(({ metadata, spec }) => [
    spec?.template?.spec?.containers[0]?.image,
    metadata.annotations?.[revisionAnnotation],
    metadata.annotations?.['deployment.kubernetes.io/revision-history'],
    spec?.replicas,
  ]);
  assert.deepEqual(shown.sort(), [
    ['app:1', '3', '1', 2],
    ['app:2', '2', undefined, 0],
  ]);
});

test('Recreate has no pod of the new template before the last old one is gone', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(deployments, deployment(2, 'app:1', { strategy: { type: 'Recreate' } }));
  await rolledOut(cluster, 2);
  await setImage(cluster, 'app:2');
  await cluster.until('all pods are of the new image', async () => {
    const images = new Set((await cluster.podsWhere()).map(imageOf));
    assert.ok(images.size <= 1, 'both images at a time');
    return images.has('app:2');
  });
  await rolledOut(cluster, 2);
});

test('a paused Deployment scales but does not roll', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(deployments, deployment(2, 'app:1', { paused: true }));
  await cluster.clock.advance(5000);
  assert.equal((await cluster.client.list(replicaSets, 'default')).items.length, 0);
  await cluster.client.patch(deployments, 'default', 'web', 'merge', { spec: { paused: false } });
  await rolledOut(cluster, 2);
  await cluster.client.patch(deployments, 'default', 'web', 'merge', { spec: { paused: true, replicas: 5 } });
  await setImage(cluster, 'app:2');
  await cluster.clock.advance(20_000);
  const images = (await cluster.podsWhere()).map(imageOf);
  assert.deepEqual(images, Array(5).fill('app:1'));
});

test('a rollout that cannot go on says so when its deadline is over', async t => {
  const cluster = await testCluster(t);
  const stuck = deployment(1, 'app:1', { progressDeadlineSeconds: 30 });
  stuck.spec!.template.spec!.nodeName = 'no-such-node';
  await cluster.client.create(deployments, stuck);
  await cluster.until('the deadline shows', async () =>
    Boolean(
      (await get(cluster)).status?.conditions?.some(({ reason }) => reason === 'ProgressDeadlineExceeded'),
    ),
  );
  const { conditions } = (await get(cluster)).status!;
  const progressing = conditions!.find(({ type }) => type === 'Progressing');
  assert.equal(progressing?.status, 'False');
  assert.match(progressing?.message ?? '', /^ReplicaSet "web-\w+" has timed out progressing\.$/);
});

test('old sets beyond the history limit go, lowest revision first', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(deployments, deployment(1, 'app:1', { revisionHistoryLimit: 1 }));
  await rolledOut(cluster, 1);
  for (const image of ['app:2', 'app:3']) {
    await setImage(cluster, image);
    await rolledOut(cluster, 1);
  }
  await cluster.until('one old set is left', async () => {
    const { items } = await cluster.client.list(replicaSets, 'default');
    return items.length === 2;
  });
  const { items } = await cluster.client.list(replicaSets, 'default');
  assert.deepEqual(items.map(set => set.metadata.annotations?.[revisionAnnotation]).sort(), ['2', '3']);
});

test('an annotation asks to go back to a revision, and is answered by an event', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(deployments, deployment(2, 'app:1'));
  await rolledOut(cluster, 2);
  await setImage(cluster, 'app:2');
  await rolledOut(cluster, 2);
  const askFor = async (revision: string) => {
    const annotations = { 'deprecated.deployment.rollback.to': revision };
    await cluster.client.patch(deployments, 'default', 'web', 'merge', { metadata: { annotations } });
    await cluster.until('it is answered', async () => {
      const { metadata } = await get(cluster);
      return metadata.annotations?.['deprecated.deployment.rollback.to'] === undefined;
    });
    const told = (await cluster.eventsOf('web')).filter(text => text.startsWith('DeploymentRollback'));
    return [told.at(-1), (await get(cluster)).spec?.template.spec?.containers[0]?.image];
  };
  const unchanged =
    'DeploymentRollbackTemplateUnchanged: The rollback revision contains the same template as current deployment "web"';
  const missing = 'DeploymentRollbackRevisionNotFound: Unable to find the revision to rollback to.';
  assert.deepEqual(await askFor('2'), [unchanged, 'app:2']);
  assert.deepEqual(await askFor('7'), [missing, 'app:2']);
  const done = 'DeploymentRollback: Rolled back deployment "web" to revision 1';
  assert.deepEqual(await askFor('0'), [done, 'app:1']);
  await rolledOut(cluster, 2);
  assert.equal((await get(cluster)).metadata.annotations?.[revisionAnnotation], '3');
});

test('pods that are going count once every set says how many of its own are', () => {
  const now = deployment(1, 'app:1') as Deployment;
  const set = (terminatingReplicas?: number) => ({
    metadata: { name: 'web-1' },
    status: { replicas: 1, ...(terminatingReplicas === undefined ? {} : { terminatingReplicas }) },
  });
  const countOf = (current: object, ...old: object[]) =>
    countedStatus(now, { current, old } as Sets, 0).terminatingReplicas;
  assert.deepEqual([countOf(set(2), set(1)), countOf(set(2), set()), countOf(set(0))], [3, undefined, 0]);
});
