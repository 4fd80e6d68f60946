import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { NodeMounts } from '#kubelet/host/node-mounts.ts';
import { eventually, root, run, skipReason, succeeded, TestCluster } from './harness.ts';

const MiB = 2 ** 20;
const skip = await skipReason();

describe('a node whose disk fills', { skip, timeout: 400_000 }, () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await TestCluster.create('full');
    // A disk of its own, which `down --purge` takes away with all else.
    await mkdir(cluster.dataDir);
    await new NodeMounts().mountTmpfs(cluster.dataDir, { sizeBytes: 400 * MiB, mode: 0o700 });
    await cluster.up({
      evictionHard: { 'nodefs.available': '40%' },
      evictionPressureTransitionPeriod: '25s',
    });
    await cluster.buildImage('e2e:1');
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const pod = (name: string, script: string) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{ name: data, emptyDir: {} }]
  containers:
    - name: main
      image: e2e:1
      command: [/bin/sh, -c, '${script}']
      volumeMounts: [{ name: data, mountPath: /data }]
`;
  const why = async (name: string) => {
    const args = [join(root, 'src/main/bin.ts'), 'why', 'pod', name];
    return (await run(process.execPath, args, { env: cluster.env })).stdout;
  };
  const pressure = () =>
    cluster.ok(
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[0].status.conditions[?(@.type=="DiskPressure")].status}',
    );
  const taints = () => cluster.ok('get', 'nodes', '-o', 'jsonpath={.items[0].spec.taints[*].key}');

  test('evicts who fills it, keeps others away meanwhile, and takes them when there is room again', async () => {
    await cluster.apply(pod('modest', 'sleep 3600'));
    await cluster.ok('wait', '--for=condition=Ready', 'pod/modest', '--timeout=60s');
    await cluster.apply(pod('greedy', 'dd if=/dev/zero of=/data/file bs=1M count=270; sleep 3600'));
    await cluster.ok('wait', '--for=jsonpath={.status.reason}=Evicted', 'pod/greedy', '--timeout=60s');
    await eventually(async () => assert.equal(await taints(), 'node.kubernetes.io/disk-pressure'));
    assert.equal(await pressure(), 'True');
    await cluster.apply(pod('late', 'sleep 3600'));
    await cluster.ok('wait', '--for=jsonpath={.status.conditions[0].reason}=Unschedulable', 'pod/late');
    assert.match(await why('late'), /taint node\.kubernetes\.io\/disk-pressure:NoSchedule is not tolerated/);

    const said = await cluster.ok('describe', 'pod', 'greedy');
    const message =
      'The node was low on resource: ephemeral-storage. Threshold quantity: \\d+, available: \\d+(Ki|Mi)\\. ' +
      'Container main was using \\d+(Ki)?, request is 0, has larger consumption of ephemeral-storage\\.';
    assert.match(said, new RegExp(`^Message: +${message} *$`, 'm'));
    assert.match(said, new RegExp(`Warning +Evicted .* kubelet +${message} *$`, 'm'));
    assert.match(
      await cluster.ok('describe', 'nodes'),
      /EvictionThresholdMet .*Attempting to reclaim ephemeral-storage/,
    );
    assert.match(await why('greedy'), /short of resources/);

    await eventually(async () => assert.equal(await pressure(), 'False'), 90_000);
    await cluster.ok('wait', '--for=condition=Ready', 'pod/late', '--timeout=60s');
    assert.equal(await taints(), '');
    assert.equal(await cluster.ok('get', 'pod', 'modest', '-o', 'jsonpath={.status.phase}'), 'Running');
  });

  test('an image stays until it is removed, for it cannot be pulled again', async () => {
    const listed = async () => succeeded(await cluster.coxswain(['image', 'ls']));
    await cluster.buildImage('other:1');
    assert.match(await listed(), /library\/other:1 /);
    assert.equal(
      succeeded(await cluster.coxswain(['image', 'rm', 'other:1'])),
      'docker.io/library/other:1\n',
    );
    assert.doesNotMatch(await listed(), /other:1/);
    const again = await cluster.coxswain(['image', 'rm', 'other:1']);
    assert.match(again.stderr, /^error: there is no image docker\.io\/library\/other:1$/m);
  });
});
