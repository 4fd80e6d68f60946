import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readApiServer } from '#main/config/api-server-config.ts';
import { WiredCluster } from './wire.ts';

test('an operator says which versions are served; what is stored stays what it was', async () => {
  const runtimeConfig = { 'api/beta': true, 'batch/v1': false, 'autoscaling/v2': 'false' };
  const apiServer = await readApiServer({ runtimeConfig, eventTtl: '2h' }, '/');
  await using wired = await WiredCluster.start({ apiServer });
  const get = async (path: string) => (await wired.send({ path })).json as Record<string, unknown>;
  assert.equal((await wired.send({ path: '/apis/batch/v1' })).text, '404 page not found\n');
  assert.equal((await wired.send({ path: '/apis/batch/v1/namespaces/default/jobs' })).status, 404);
  const groups = (await get('/apis')).groups as { name: string; versions: { version: string }[] }[];
  const versions = (name: string) => groups.find(one => one.name === name)?.versions.map(one => one.version);
  assert.deepEqual(versions('storage.k8s.io'), ['v1', 'v1beta1']);
  assert.deepEqual(versions('autoscaling'), ['v1']);
  assert.equal(versions('batch'), undefined);

  const metadata = { name: 'a' };
  const made = await wired.send({
    method: 'POST',
    path: '/apis/storage.k8s.io/v1beta1/volumeattributesclasses',
    body: { metadata, driverName: 'a.b', parameters: { a: 'b' } },
  });
  assert.equal(made.status, 201, made.text);
  assert.match(String(made.headers.warning), /v1beta1 VolumeAttributesClass is deprecated in v1.34\+/);
  const shown = await get('/apis/storage.k8s.io/v1/volumeattributesclasses/a');
  assert.equal(shown.apiVersion, 'storage.k8s.io/v1');
  const lists = await get('/apis/storage.k8s.io/v1beta1/volumeattributesclasses');
  assert.equal(lists.kind, 'VolumeAttributesClassList');

  const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
  const spec = { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } };
  const scaler = await wired.send({
    method: 'POST',
    path,
    body: { metadata, spec: { ...spec, targetCPUUtilizationPercentage: 7 } },
  });
  assert.equal(scaler.status, 201, scaler.text);
  const again = (await get(`${path}/a`)) as { spec?: { targetCPUUtilizationPercentage?: number } };
  assert.equal(again.spec?.targetCPUUtilizationPercentage, 7);
});

test('features whose gates are off are not there, and /metrics tells of all gates', async () => {
  const featureGates = { ComponentFlagz: false, StorageVersionHash: false };
  await using wired = await WiredCluster.start({
    components: false,
    apiServer: await readApiServer({ featureGates }, '/'),
  });
  assert.equal((await wired.send({ path: '/flagz' })).status, 404);
  assert.equal((await wired.send({ path: '/statusz' })).status, 200);
  const { paths } = (await wired.send({ path: '/' })).json as unknown as { paths: string[] };
  assert.ok(!paths.includes('/flagz') && paths.includes('/statusz'));
  assert.ok(!(await wired.send({ path: '/api/v1' })).text.includes('storageVersionHash'));
  const { text } = await wired.send({ path: '/metrics' });
  const told = (name: string) =>
    new RegExp(`^kubernetes_feature_enabled\\{name="${name}",stage="(.*)"\\} (.)$`, 'm').exec(text)?.slice(1);
  assert.deepEqual(told('ComponentFlagz'), ['BETA', '0']);
  assert.deepEqual(told('AllAlpha'), ['ALPHA', '0']);
  assert.deepEqual(told('APIServerTracing'), ['', '1']);
});
