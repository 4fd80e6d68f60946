import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { nodes as nodesRef, pods as podsRef } from '#api/generated/refs.ts';
import { conditionOf, KubeletBed } from '#test/kubelet.ts';

describe('a resize', { timeout: 60_000 }, () => {
  let bed: KubeletBed;
  let broken: (operation: string) => Error | undefined;

  beforeEach(async () => {
    broken = () => undefined;
    bed = await KubeletBed.start({
      runtime: { images: ['app:1'], fail: operation => broken(operation) },
    });
  });

  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    assert.equal(bed.clock.pending, 0, 'timers are left');
  });

  const main = (more: object) => ({ containers: [{ name: 'main', image: 'app:1', ...more }] });

  const sized = (cpu: string, memory: string) => ({
    resources: { requests: { cpu, memory }, limits: { cpu, memory } },
  });
  const resize = (name: string, cpu: string, memory: string) =>
    bed.cluster.client.patch(
      podsRef,
      'default',
      name,
      'strategic',
      { spec: { containers: [{ name: 'main', ...sized(cpu, memory) }] } },
      { subresource: 'resize' },
    );
  const pending = async (name: string) =>
    (await bed.pod(name))!.status!.conditions!.find(c => c.type === 'PodResizePending')?.reason;
  const has = (name: string, cpu: string) => async () =>
    (await bed.containerStatus(name))?.resources?.limits?.cpu === cpu;

  test('reaches a running container', async () => {
    await bed.create('web', main(sized('1', '1Gi')));
    assert.ok(await bed.until(bed.isReady('web')));
    await resize('web', '2', '512Mi');
    assert.ok(await bed.until(has('web', '2')));
    const { restartCount, allocatedResources } = (await bed.containerStatus('web'))!;
    assert.deepEqual([restartCount, allocatedResources], [0, { cpu: '2', memory: '512Mi' }]);
    const { cpuQuota, memoryLimitBytes } = bed.runtime.containerConfig('main')!.resources;
    assert.deepEqual([cpuQuota, memoryLimitBytes], [200_000, 2 ** 29]);
    assert.equal(conditionOf(await bed.pod('web'), 'PodResizeInProgress'), '');
    const events = (await bed.told('web')).filter(text => text.includes('Resize'));
    assert.deepEqual(
      events.map(text => text.split(': {')[0]),
      ['Normal ResizeStarted: Pod resize started', 'Normal ResizeCompleted: Pod resize completed'],
    );
  });

  test('restarts a container whose policy says so, for that resource alone', async () => {
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    await bed.create('web', main({ ...sized('1', '1Gi'), resizePolicy }));
    assert.ok(await bed.until(bed.isReady('web')));
    await resize('web', '2', '1Gi');
    assert.ok(await bed.until(has('web', '2')));
    assert.equal((await bed.containerStatus('web'))!.restartCount, 0);
    await resize('web', '1', '2Gi');
    assert.ok(await bed.until(has('web', '1')));
    assert.equal((await bed.containerStatus('web'))!.restartCount, 1);
    assert.equal(bed.runtime.containerConfig('main')!.resources.memoryLimitBytes, 2 ** 31);
    assert.ok((await bed.told('web')).includes('Normal Killing: Container main resize requires restart'));
  });

  test('of the pod as a whole reaches containers that have no limit of their own', async () => {
    const amounts = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });
    const containers = [
      { name: 'main', image: 'app:1' },
      { name: 'own', image: 'app:1', ...sized('500m', '128Mi') },
    ];
    await bed.create('web', { resources: amounts('1', '512Mi'), containers });
    assert.ok(await bed.until(bed.isReady('web')));
    const whole = async () => {
      const { resources, allocatedResources } = (await bed.pod('web'))!.status!;
      return { resources, allocatedResources };
    };
    const limits = (name: string) => {
      const { cpuQuota, memoryLimitBytes } = bed.runtime.containerConfig(name)!.resources;
      return [cpuQuota, memoryLimitBytes];
    };
    assert.deepEqual(await whole(), {
      resources: amounts('1', '512Mi'),
      allocatedResources: { cpu: '1', memory: '512Mi' },
    });
    const ask = (cpu: string, memory: string) =>
      bed.cluster.client.patch(
        podsRef,
        'default',
        'web',
        'merge',
        { spec: { resources: amounts(cpu, memory) } },
        { subresource: 'resize' },
      );
    await ask('2', '1Gi');
    assert.ok(await bed.until(async () => (await whole()).resources?.limits?.cpu === '2'));
    assert.deepEqual(limits('main'), [200_000, 2 ** 30]);
    assert.deepEqual(limits('own'), [50_000, 2 ** 27]);
    assert.equal((await bed.containerStatus('web'))!.restartCount, 0);
    assert.equal(conditionOf(await bed.pod('web'), 'PodResizeInProgress'), '');
    const told = (await bed.told('web')).filter(text => text.includes('Resize'));
    assert.deepEqual(
      told.map(text => text.split(': {')[0]),
      ['Normal ResizeStarted: Pod resize started', 'Normal ResizeCompleted: Pod resize completed'],
    );
    // What was granted outlives the kubelet; what there is no room for waits.
    await bed.restart();
    await assert.rejects(ask('5', '1Gi'), /didn't have enough allocatable resources/);
    await ask('3', '1Gi');
    assert.ok(await bed.until(async () => (await whole()).resources?.limits?.cpu === '3'));
    assert.deepEqual(limits('main'), [300_000, 2 ** 30]);
  });

  test('reaches an init container that runs, and the others when they start', async () => {
    const first = { name: 'first', image: 'app:1', command: ['sleep', '60'], ...sized('1', '1Gi') };
    await bed.create('web', { initContainers: [first], ...main(sized('1', '1Gi')) });
    const init = async () => (await bed.pod('web'))?.status?.initContainerStatuses?.[0];
    assert.ok(await bed.until(async () => Boolean((await init())?.state?.running)));
    const larger = sized('2', '2Gi');
    await bed.cluster.client.patch(
      podsRef,
      'default',
      'web',
      'strategic',
      {
        spec: {
          initContainers: [{ name: 'first', ...larger }],
          containers: [{ name: 'main', ...larger }],
        },
      },
      { subresource: 'resize' },
    );
    assert.ok(await bed.until(async () => (await init())?.resources?.limits?.cpu === '2'));
    assert.equal(bed.runtime.containerConfig('first')!.resources.memoryLimitBytes, 2 ** 31);
    assert.equal(conditionOf(await bed.pod('web'), 'PodResizeInProgress'), '');
    assert.ok(await bed.until(bed.isReady('web'), 120_000));
    assert.equal((await init())!.restartCount, 0);
    assert.equal(bed.runtime.containerConfig('main')!.resources.memoryLimitBytes, 2 ** 31);
  });

  test('waits for room, and is told where there can be none', async () => {
    await bed.create('web', main(sized('1', '1Gi')));
    await bed.create('other', main(sized('2', '1Gi')));
    assert.ok(await bed.until(async () => (await bed.isReady('web')()) && (await bed.isReady('other')())));
    await resize('web', '3', '1Gi');
    assert.ok(await bed.until(async () => (await pending('web')) === 'Deferred'));
    assert.deepEqual((await bed.containerStatus('web'))!.allocatedResources, { cpu: '1', memory: '1Gi' });
    await assert.rejects(
      resize('web', '5', '1Gi'),
      /didn't have enough allocatable resources: cpu, requested: 5000/,
    );
    // Who knows the node for larger than it is lets more through.
    const larger = { status: { allocatable: { cpu: '8' } } };
    await bed.cluster.client.patch(nodesRef, '', 'node-1', 'merge', larger, { subresource: 'status' });
    await resize('web', '5', '1Gi');
    assert.ok(await bed.until(async () => (await pending('web')) === 'Infeasible'));
    assert.equal(
      (await bed.pod('web'))!.status!.conditions!.find(c => c.type === 'PodResizePending')!.message,
      "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000",
    );
    // Another change has the kubelet look again; there is nothing new to tell.
    const { metadata } = await bed.cluster.client.patch(podsRef, 'default', 'web', 'merge', {
      metadata: { labels: { seen: 'again' } },
    });
    await bed.clock.advance(30_000);
    assert.equal((await bed.pod('web'))!.metadata.resourceVersion, metadata.resourceVersion);
    const infeasible = (await bed.told('web')).filter(text => text.includes('ResizeInfeasible'));
    assert.equal(infeasible.length, 1);
    await bed.restart();
    await resize('web', '3', '1Gi');
    await bed.clock.advance(5_000);
    assert.ok(await has('web', '1')());
    await bed.cluster.client.delete(podsRef, 'default', 'other');
    assert.ok(await bed.until(has('web', '3')));
    assert.equal(await pending('web'), undefined);
  });

  test('does not take memory that is used', async () => {
    await bed.create('web', main(sized('1', '1Gi')));
    assert.ok(await bed.until(bed.isReady('web')));
    await resize('web', '1', '16Ki');
    const condition = async () =>
      (await bed.pod('web'))!.status!.conditions!.find(c => c.type === 'PodResizeInProgress');
    assert.ok(await bed.until(async () => (await condition())?.reason === 'Error'));
    const below = 'memory limit (16384) below current usage (1048576)';
    assert.equal(
      (await condition())!.message,
      `cannot decrease memory limits: [attempting to set pod ${below}, attempting to set container "main" ${below}]`,
    );
    assert.equal(bed.runtime.containerConfig('main')!.resources.memoryLimitBytes, 2 ** 30);
    await resize('web', '1', '512Mi');
    assert.ok(await bed.until(async () => (await condition()) === undefined));
    assert.equal(bed.runtime.containerConfig('main')!.resources.memoryLimitBytes, 2 ** 29);
  });

  test('says what the runtime has against it, and tries again', async () => {
    await bed.create('web', main(sized('1', '1Gi')));
    assert.ok(await bed.until(bed.isReady('web')));
    broken = operation =>
      operation === 'updateResources' ? new Error('device or resource busy') : undefined;
    await resize('web', '1', '16Mi');
    const condition = async () =>
      (await bed.pod('web'))!.status!.conditions!.find(c => c.type === 'PodResizeInProgress');
    assert.ok(await bed.until(async () => (await condition())?.reason === 'Error'));
    assert.equal((await condition())!.message, 'device or resource busy');
    broken = () => undefined;
    assert.ok(await bed.until(async () => (await condition()) === undefined));
    assert.equal(bed.runtime.containerConfig('main')!.resources.memoryLimitBytes, 2 ** 24);
  });
});
