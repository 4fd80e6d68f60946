import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { upstreamTools } from '#test/kubectl.ts';
import { eventually, run, skipReason, succeeded, TestCluster } from './harness.ts';

/** Volumes that are made for claims on the node's disk: what is written there, for how long, and how it goes. */

const skip = await skipReason();
let cluster: TestCluster;

before(async () => {
  if (!skip) cluster = await TestCluster.start('storage');
});

after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  if (cluster) assert.equal(existsSync(cluster.dataDir), false, 'down --purge leaves nothing');
});

const folder = () => join(cluster.dataDir, 'volumes');
const folders = () => readdir(folder());

async function folderOf(claim: string): Promise<string> {
  const { spec } = await cluster.json<PersistentVolumeClaim>('get', 'pvc', claim);
  return join(folder(), spec!.volumeName!);
}

/** Each life of the pod adds a line, as a user that is not root. */
const database = `
kind: StatefulSet
apiVersion: apps/v1
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 0
      securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000}
      containers:
      - name: c
        image: e2e:1
        args: [-c, "echo life >> /data/log; while :; do sleep 1; done"]
        readinessProbe: {exec: {command: [test, -s, /data/log]}, periodSeconds: 1}
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;

const lives = (count: number) =>
  eventually(async () => {
    assert.equal(await cluster.ok('exec', 'db-0', '--', 'cat', '/data/log'), 'life\n'.repeat(count));
  });

test('a stateful set’s data outlives its pod, and the cluster’s stop', { skip }, async () => {
  await cluster.apply(database);
  await cluster.ok('rollout', 'status', 'statefulset/db', '--timeout=60s');
  await lives(1);
  const { mode, gid } = await stat(await folderOf('data-db-0'));
  assert.deepEqual([(mode & 0o7777).toString(8), gid], ['2777', 2000]);
  assert.equal(((await stat(folder())).mode & 0o777).toString(8), '700');
  await cluster.ok('delete', 'pod', 'db-0');
  await lives(2);
  succeeded(await cluster.coxswain(['down']));
  await cluster.up();
  await lives(3);
});

test('its data goes with its claim, and nothing that a link in it leads to', { skip }, async () => {
  const outside = join(cluster.folder, 'outside');
  await writeFile(outside, 'kept');
  await symlink(cluster.folder, join(await folderOf('data-db-0'), 'link'));
  await cluster.ok('delete', 'statefulset', 'db');
  await eventually(async () => {
    assert.equal(await cluster.ok('get', 'pvc,pv', '-o', 'name'), '');
    assert.deepEqual(await folders(), []);
  });
  assert.ok(existsSync(outside));
});

test('what the node’s disk cannot be is refused, and explained', { skip }, async () => {
  await cluster.apply(`
kind: PersistentVolumeClaim
apiVersion: v1
metadata: {name: shared}
spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}
---
kind: Pod
apiVersion: v1
metadata: {name: shared}
spec:
  containers: [{name: c, image: "e2e:1", volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, persistentVolumeClaim: {claimName: shared}}]
`);
  await eventually(async () => {
    const said = await run(process.execPath, ['src/main/bin.ts', 'why', 'pod', 'shared'], {
      env: cluster.env,
    });
    assert.match(said.stdout, /PersistentVolumeClaim shared: Pending: provisioning fails: access mode/);
  });
  await cluster.ok('delete', 'pod/shared', 'pvc/shared', '--wait=false');
});

test('a killed server finishes what it was about: a claim deleted without it takes its volume along', {
  skip,
}, async () => {
  await cluster.apply(database);
  await lives(1);
  const path = await folderOf('data-db-0');
  await cluster.ok('delete', 'statefulset', 'db', '--wait=false');
  process.kill((await cluster.server()).pid, 'SIGKILL');
  await cluster.up();
  await eventually(async () => {
    assert.equal(await cluster.ok('get', 'pvc,pv', '-o', 'name'), '');
    assert.equal(existsSync(path), false);
  }, 60_000);
});

test('helm waits for a chart with a claim, and it comes up', { skip }, async () => {
  const { helm: program } = await upstreamTools();
  const helm = async (...words: string[]) => {
    const env = { ...cluster.env, PWD: cluster.folder };
    return succeeded(await run(program, words, { env, timeoutMs: 120_000 }));
  };
  const chart = join(cluster.folder, 'store');
  await helm('create', chart);
  const templates = join(chart, 'templates');
  for (const name of ['deployment.yaml', 'tests/test-connection.yaml']) await rm(join(templates, name));
  await writeFile(
    join(templates, 'statefulset.yaml'),
    database
      .replace('{name: db}', '{name: {{ include "store.fullname" . }}}')
      .replace('serviceName: db', 'serviceName: {{ include "store.fullname" . }}')
      .replaceAll('{app: db}', '{app: {{ .Release.Name }}}')
      .replace('1Gi', '{{ .Values.size | default "2Gi" }}'),
  );
  assert.match(await helm('install', 'r', chart, '--wait', '--timeout', '90s'), /STATUS: deployed/);
  const { status } = await cluster.json<PersistentVolumeClaim>('get', 'pvc', 'data-r-store-0');
  assert.deepEqual([status?.phase, status?.capacity?.storage], ['Bound', '2Gi']);
  await helm('uninstall', 'r', '--wait', '--timeout', '60s');
  await eventually(async () => assert.deepEqual(await folders(), []));
});
