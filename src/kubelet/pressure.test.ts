import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { events as eventsRef, nodes, pods as podsRef } from '#api/generated/refs.ts';
import { metricsText } from '#base/metric-families.ts';
import { conditionOf, KubeletBed } from '#test/kubelet.ts';
import type { KubeletSettings } from './config/settings.ts';
import type { HollowRuntimeOptions } from './hollow/hollow-runtime.ts';

const GiB = 2 ** 30;

describe('a node that is short of something', { timeout: 240_000 }, () => {
  let bed: KubeletBed;

  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    assert.equal(bed.clock.pending, 0, 'timers are left');
  });

  async function start(
    settings: KubeletSettings = {},
    runtime: Partial<HollowRuntimeOptions> = { images: ['app:1'] },
    pinned: readonly string[] = [],
  ) {
    const pinnedImages = async () => new Set(pinned);
    bed = await KubeletBed.start({ runtime, kubelet: { settings, pinnedImages } });
  }

  const main = (more: object = {}) => ({ containers: [{ name: 'main', image: 'app:1', ...more }] });
  const node = () => bed.cluster.client.get(nodes, '', 'node-1');
  const pressure = async (type: string) =>
    (await node()).status!.conditions!.find(condition => condition.type === type)!;
  const taints = async () => ((await node()).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
  const failed = async () => {
    const { items } = await bed.cluster.client.list(podsRef, 'default');
    return items.filter(({ status }) => status?.phase === 'Failed').map(({ metadata }) => metadata.name);
  };
  const told = async () => {
    const { items } = await bed.cluster.client.list(eventsRef, 'default');
    return items
      .filter(e => e.involvedObject?.kind === 'Node')
      .map(e => `${e.type} ${e.reason}: ${e.message}`);
  };
  const ran = async (...names: string[]) => {
    for (const name of names) assert.ok(await bed.until(bed.isReady(name)), name);
  };

  async function fill(name: string, bytes: number): Promise<void> {
    const { uid } = (await bed.pod(name))!.metadata;
    const { layout } = bed.kubelet;
    const directory = layout.volumeDirectory(uid!, 'kubernetes.io/empty-dir', 'data');
    await bed.host.fs.writeFile(`${directory}/file`, new Uint8Array(bytes));
  }

  test('ends the pod that fills its disk, and says so until the disk has been free for some time', async () => {
    await start({ evictionHard: { 'nodefs.available': '10Gi' } });
    const scratch = {
      ...main({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      volumes: [{ name: 'data', emptyDir: {} }],
    };
    await bed.create('modest', scratch);
    await bed.create('greedy', scratch);
    await bed.create('critical', { ...scratch, priorityClassName: 'system-node-critical' });
    await ran('modest', 'greedy', 'critical');
    await fill('greedy', 100_000);
    await fill('critical', 1_000_000);
    bed.host.usageNow = { diskAvailableBytes: 8 * GiB };
    assert.ok(await bed.until(async () => (await failed()).length > 0));
    bed.host.usageNow = {};
    assert.deepEqual(await failed(), ['greedy']);
    const message =
      'The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8Gi. ' +
      'Container main was using 4Ki, request is 0, has larger consumption of ephemeral-storage. ';
    const greedy = (await bed.pod('greedy'))!;
    assert.deepEqual([greedy.status!.reason, greedy.status!.message], ['Evicted', message]);
    const target = greedy.status!.conditions!.find(({ type }) => type === 'DisruptionTarget')!;
    assert.deepEqual([target.reason, target.message], ['TerminationByKubelet', message]);
    assert.ok((await bed.told('greedy')).includes(`Warning Evicted: ${message}`));

    const { status, reason, message: why } = await pressure('DiskPressure');
    assert.deepEqual([status, reason, why], ['True', 'KubeletHasDiskPressure', 'kubelet has disk pressure']);
    assert.ok(await bed.until(async () => (await taints()).length > 0));
    assert.deepEqual(await taints(), ['node.kubernetes.io/disk-pressure:NoSchedule']);
    const events = await told();
    assert.ok(events.includes('Warning EvictionThresholdMet: Attempting to reclaim ephemeral-storage'));
    assert.ok(events.includes('Normal NodeHasDiskPressure: Node node-1 status is now: NodeHasDiskPressure'));
    assert.match(
      metricsText(bed.kubelet.metrics),
      /^kubelet_evictions\{eviction_signal="nodefs.available"\} 1$/m,
    );

    await bed.create('late', main());
    await bed.create('needed', { ...main(), priorityClassName: 'system-cluster-critical' });
    await ran('needed');
    const late = (await bed.pod('late'))!.status!;
    assert.deepEqual(
      [late.phase, late.reason, late.message],
      ['Failed', 'Evicted', 'Pod was rejected: The node had condition: [DiskPressure]. '],
    );

    await bed.clock.advance(200_000);
    assert.equal((await pressure('DiskPressure')).status, 'True');
    assert.ok(await bed.until(async () => (await pressure('DiskPressure')).status === 'False', 150_000));
    assert.ok(await bed.until(async () => (await taints()).length === 0));
    assert.deepEqual(await failed(), ['greedy', 'late']);
    await bed.create('new', main());
    await ran('new', 'modest', 'critical');
  });

  test('ends one pod after the other while it is short of memory, and none before a soft threshold is due', async () => {
    await start({
      evictionHard: {},
      evictionSoft: { 'memory.available': '1Gi' },
      evictionSoftGracePeriod: { 'memory.available': '1m' },
      evictionMaxPodGracePeriod: 20,
      evictionPressureTransitionPeriod: '30s',
    });
    const stubborn = { annotations: { 'hollow.coxswain.dev/all': 'ignore-term' } };
    await bed.create('asking', main({ resources: { requests: { memory: '1Gi' } } }));
    await bed.create('first', { ...main(), terminationGracePeriodSeconds: 600 }, stubborn);
    await bed.create('second', { ...main(), priority: undefined });
    await ran('asking', 'first', 'second');
    bed.host.usageNow = { memoryAvailableBytes: GiB / 2 };
    assert.ok(await bed.until(async () => (await pressure('MemoryPressure')).status === 'True', 15_000));
    await bed.create('effortless', main());
    assert.ok(await bed.until(async () => (await failed()).includes('effortless')));
    await bed.create('burstable', main({ resources: { requests: { memory: '1Mi' } } }));
    await ran('burstable');
    await bed.clock.advance(30_000);
    assert.deepEqual(await failed(), ['effortless']);
    assert.ok(await bed.until(async () => (await failed()).length === 2, 120_000));
    assert.ok(await bed.until(async () => (await failed()).length === 3, 120_000));
    assert.deepEqual((await failed()).sort(), ['effortless', 'first', 'second']);
    bed.host.usageNow = {};
    assert.ok(await bed.until(async () => (await pressure('MemoryPressure')).status === 'False', 120_000));
    assert.ok(await bed.isReady('asking')());
  });

  test('ends no pod where removing images is enough, and keeps those that are in use or pinned', async () => {
    const shown = 'docker.io/library/shown:1';
    const images = ['app:1', 'old:1', 'mine:1', shown, 'older:1'];
    let removed = 0;
    const runtime: Partial<HollowRuntimeOptions> = {
      images,
      fail: operation => {
        if (operation === 'removeImage' && ++removed === 2) bed.host.usageNow = {};
        return undefined;
      },
    };
    await start({ evictionHard: { 'imagefs.available': '10%' } }, runtime, ['mine:1']);
    const volumeMounts = [{ name: 'v', mountPath: '/v' }];
    await bed.create('web', {
      ...main({ volumeMounts }),
      volumes: [{ name: 'v', image: { reference: shown } }],
    });
    await ran('web');
    bed.host.usageNow = { diskAvailableBytes: GiB };
    const left = async () => (await bed.runtime.listImages()).map(({ id }) => id);
    assert.ok(await bed.until(async () => (await left()).length === 3));
    await bed.clock.advance(30_000);
    assert.deepEqual(await left(), ['app:1', 'mine:1', shown]);
    assert.deepEqual(await failed(), []);
    assert.equal((await pressure('DiskPressure')).status, 'True');
  });

  test('collects images when the disk fills, and tells what keeps it from it', async () => {
    let broken = false;
    const runtime: Partial<HollowRuntimeOptions> = {
      images: ['app:1', 'old:1', 'stuck:1'],
      fail: (operation, subject) =>
        operation === 'removeImage' && subject === 'stuck:1' && broken ? new Error('busy') : undefined,
    };
    await start({ evictionHard: {} }, runtime);
    await bed.create('web', main());
    await ran('web');
    bed.host.usageNow = { diskAvailableBytes: 14 * GiB };
    broken = true;
    const events = () => told().then(all => all.filter(text => text.startsWith('Warning')));
    await bed.clock.advance(310_000);
    assert.deepEqual(
      (await bed.runtime.listImages()).map(({ id }) => id),
      ['app:1', 'stuck:1'],
    );
    assert.deepEqual(await events(), []);
    await bed.clock.advance(300_000);
    assert.deepEqual(await events(), [
      `Warning ImageGCFailed: wanted to free ${6 * GiB} bytes, but freed 0 bytes space with errors in image deletion: busy`,
    ]);
    broken = false;
    await bed.clock.advance(300_000);
    assert.ok(
      (await events()).includes(
        "Warning FreeDiskSpaceFailed: Insufficient free disk space on the node's image filesystem (86% of 100.0 GiB used). " +
          `Failed to free sufficient space by deleting unused images (freed ${2 ** 20} bytes). ` +
          'Investigate disk usage, as it could be used by active images, logs, volumes, or other data.',
      ),
    );
    assert.match(
      metricsText(bed.kubelet.metrics),
      /^kubelet_image_garbage_collected_total\{reason="space"\} 2$/m,
    );
  });

  test('keeps one dead run of a container, and of a pod that has ended none where the disk is full', async () => {
    let broken = true;
    let attempts = 0;
    await start(
      { evictionHard: { 'nodefs.available': '10Gi' } },
      {
        images: ['app:1'],
        fail: operation => {
          if (operation !== 'startContainer' || !broken) return undefined;
          attempts++;
          return new Error('no such file');
        },
      },
    );
    await bed.create('failing', main());
    const containers = async () => (await bed.runtime.listContainers()).map(({ state }) => state);
    assert.ok(await bed.until(() => attempts === 13, 150_000));
    assert.ok((await containers()).length < 9, String(await containers()));
    broken = false;
    await bed.cluster.client.delete(podsRef, 'default', 'failing', { gracePeriodSeconds: 0 });
    await bed.create('done', {
      ...main({ command: ['exit', '3'] }),
      restartPolicy: 'Never',
    });
    bed.runtime.crash('main', 3);
    assert.ok(
      await bed.until(async () => {
        bed.runtime.crash('main', 3);
        return (await bed.pod('done'))?.status?.phase === 'Failed';
      }),
    );
    await bed.clock.advance(130_000);
    assert.deepEqual(await containers(), ['EXITED']);
    bed.host.usageNow = { diskAvailableBytes: GiB };
    assert.ok(await bed.until(async () => (await containers()).length === 0));
    assert.deepEqual(await bed.runtime.listSandboxes(), []);
    await bed.clock.advance(700_000);
    const { state } = (await bed.containerStatus('done'))!;
    assert.equal(state!.terminated!.exitCode, 3);
    assert.equal((await bed.pod('done'))!.status!.phase, 'Failed');
    assert.equal(conditionOf(await bed.pod('done'), 'DisruptionTarget'), '');
  });

  test('lets its pods ask for what is not reserved for eviction', async () => {
    await start({ evictionHard: { 'memory.available': '1Gi', 'nodefs.available': '50%' } });
    const { capacity, allocatable } = (await node()).status!;
    assert.deepEqual([capacity!.memory, allocatable!.memory], ['8Gi', '7Gi']);
    assert.deepEqual([capacity!['ephemeral-storage'], allocatable!['ephemeral-storage']], ['100Gi', '50Gi']);
    const { evictionHard, imageGCHighThresholdPercent } = bed.kubelet.configuration as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      [evictionHard, imageGCHighThresholdPercent],
      [{ 'memory.available': '1Gi', 'nodefs.available': '50%' }, 85],
    );
  });
});
