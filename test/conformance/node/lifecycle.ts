import assert from 'node:assert/strict';
import type { V1Container, V1Lifecycle, V1Pod } from '@kubernetes/client-node';
import { agnhost, containerRow, logs, phase } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { isReady, pod, runningPod } from '../workloads.ts';
import { testImage } from '../containers/image.ts';

/** A server that records what it was asked; answers its address. */
async function recorder(t: Trial): Promise<string> {
  await t.api.pods.create(
    pod('recorder', {}, agnhost(['netexec'], { readinessProbe: { tcpSocket: { port: 8080 } } })),
  );
  return (await runningPod(t, 'recorder')).status!.podIP!;
}

const recorded = (t: Trial, words: string, timeoutMs?: number) =>
  t.until(
    `the call ${words}`,
    async () => (await logs(t, 'recorder')).includes(`GET /echo?msg=${words}\n`),
    timeoutMs,
  );

const calls = {
  exec: (address: string, words: string) => ({
    exec: { command: ['agnhost', 'fetch', `http://${address}:8080/echo?msg=${words}`] },
  }),
  http: (host: string, words: string) => ({ httpGet: { path: `/echo?msg=${words}`, host, port: 8080 } }),
};

function hook(kind: 'postStart' | 'preStop', way: 'exec' | 'http'): Row {
  const id = `Container Lifecycle Hook when create a pod with lifecycle hook should execute ${kind.toLowerCase()} ${way} hook properly`;
  return containerRow(id, async t => {
    const address = await recorder(t);
    const lifecycle: V1Lifecycle = { [kind]: calls[way](address, kind) };
    const spec = { ...agnhost(['pause'], { lifecycle }), terminationGracePeriodSeconds: 15 };
    await t.api.pods.create(pod('p', {}, spec));
    await runningPod(t, 'p');
    if (kind === 'postStart') return void (await recorded(t, kind));
    assert.ok(!(await logs(t, 'recorder')).includes(kind));
    await t.api.pods.delete('p');
    await recorded(t, kind);
    await t.gone(t.api.pods, 'p');
  });
}

const preStop = containerRow('PreStop should call prestop when killing a pod', async t => {
  const address = await recorder(t);
  const lifecycle = { preStop: calls.exec(address, 'prestop') };
  await t.api.pods.create(
    pod('tester', {}, { ...agnhost(['pause'], { lifecycle }), terminationGracePeriodSeconds: 30 }),
  );
  await runningPod(t, 'tester');
  await t.api.pods.delete('tester', { gracePeriodSeconds: 30 });
  await recorded(t, 'prestop');
  await t.gone(t.api.pods, 'tester');
});

const container = (name: string, text: string): V1Container => ({
  name,
  image: testImage,
  command: ['sh', '-c', text],
});

function withInit(restartPolicy: string, init: readonly string[], run: string): V1Pod {
  return pod(
    'p',
    {},
    {
      restartPolicy,
      terminationGracePeriodSeconds: 0,
      initContainers: init.map((text, i) => container(`init${i + 1}`, text)),
      containers: [container('run1', run)],
    },
  );
}

function initialized({ status }: V1Pod, value: 'True' | 'False') {
  const condition = status!.conditions!.find(({ type }) => type === 'Initialized');
  assert.equal(condition?.status, value);
  return condition!;
}

function initEnded({ status }: V1Pod): void {
  assert.equal(status!.initContainerStatuses!.length, 2);
  for (const { name, ready, state } of status!.initContainerStatuses!) {
    assert.ok(ready, `${name} is not ready`);
    assert.equal(state!.terminated?.exitCode, 0, name);
  }
}

const notStarted = ({ status }: V1Pod) => {
  const [run] = status!.containerStatuses!;
  assert.equal(run!.state!.waiting?.reason, 'PodInitializing');
  assert.equal(run!.restartCount, 0);
};

const init: readonly Row[] = [
  containerRow('InitContainer should invoke init containers on a RestartNever pod', async t => {
    await t.api.pods.create(withInit('Never', ['true', 'true'], 'true'));
    const ended = await phase(t, 'p', 'Succeeded');
    initialized(ended, 'True');
    initEnded(ended);
    const [run] = ended.status!.containerStatuses!;
    assert.deepEqual([run!.state!.terminated!.exitCode, run!.restartCount], [0, 0]);
  }),

  containerRow('InitContainer should invoke init containers on a RestartAlways pod', async t => {
    await t.api.pods.create(withInit('Always', ['true', 'true'], 'while :; do sleep 1; done'));
    await runningPod(t, 'p');
    const running = await t.api.pods.get('p');
    assert.ok(isReady(running));
    initialized(running, 'True');
    initEnded(running);
    assert.ok(running.status!.containerStatuses![0]!.state!.running);
  }),

  containerRow(
    'InitContainer should not start app containers and fail the pod if init containers fail on a RestartNever pod',
    async t => {
      const watcher = await t.watch(t.api.pods, { fieldSelector: 'metadata.name=p' });
      await t.api.pods.create(withInit('Never', ['true', 'false'], 'true'));
      const failed = await phase(t, 'p', 'Failed');
      for (const { object } of watcher.events) {
        for (const { name, state } of object.status!.initContainerStatuses ?? [])
          if (state?.waiting) assert.equal(state.waiting.reason, 'PodInitializing', name);
      }
      const { reason, message } = initialized(failed, 'False');
      assert.equal(reason, 'ContainersNotInitialized');
      assert.equal(message, 'containers with incomplete status: [init2]');
      assert.notEqual(failed.status!.initContainerStatuses![1]!.state!.terminated!.exitCode, 0);
      notStarted(failed);
    },
  ),

  containerRow(
    'InitContainer should not start app containers if init containers fail on a RestartAlways pod',
    async t => {
      await t.api.pods.create(withInit('Always', ['false', 'true'], 'while :; do sleep 1; done'));
      const retried = await t.until(
        'three restarts',
        async () => {
          const found = await t.api.pods.get('p');
          notStartedYet(found);
          return (found.status!.initContainerStatuses?.[0]?.restartCount ?? 0) >= 3 && found;
        },
        150_000,
      );
      assert.equal(retried.status!.phase, 'Pending');
      const { reason, message } = initialized(retried, 'False');
      assert.equal(reason, 'ContainersNotInitialized');
      assert.equal(message, 'containers with incomplete status: [init1 init2]');
    },
    { slow: true, timeoutMs: 180_000 },
  ),
];

function notStartedYet(found: V1Pod): void {
  if (found.status!.containerStatuses?.length) notStarted(found);
}

export const lifecycleRows: readonly Row[] = [
  hook('postStart', 'exec'),
  hook('postStart', 'http'),
  hook('preStop', 'exec'),
  hook('preStop', 'http'),
  preStop,
  ...init,
];
