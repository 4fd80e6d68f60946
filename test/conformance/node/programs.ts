import assert from 'node:assert/strict';
import {
  agnhost,
  containerRow,
  logs,
  outputOf,
  phase,
  script,
  shell,
  writes,
} from '../containers/programs.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { pod, runningPod } from '../workloads.ts';
import { testImage } from '../containers/image.ts';

const entrypoints: readonly Row[] = [
  containerRow('Containers should use the image defaults if command and args are blank', async t => {
    await t.api.pods.create(pod('p', {}, agnhost([])));
    await runningPod(t, 'p');
    await t.until('the default to speak', async () => (await logs(t, 'p')) === 'Paused\n');
  }),

  containerRow("Containers should be able to override the image's default arguments (container cmd)", t =>
    writes(
      t,
      agnhost(['entrypoint-tester', 'override', 'arguments'], {}, { restartPolicy: 'Never' }),
      /^\["entrypoint-tester","override","arguments"\]\n$/,
    ),
  ),

  containerRow(
    "Containers should be able to override the image's default command (container entrypoint)",
    t => writes(t, script('', { command: ['echo', 'own', 'command'] }), /^own command\n$/),
  ),

  containerRow("Containers should be able to override the image's default command and arguments", t =>
    writes(t, script('', { command: ['echo', 'own'], args: ['arguments', 'too'] }), /^own arguments too\n$/),
  ),
];

/** That a container which runs this ends so, with this as its termination message. */
function terminationMessage(
  words: string,
  text: string,
  wanted: { phase: string; message: string },
  container: Parameters<typeof script>[1],
): Row {
  return containerRow(
    `Container Runtime blackbox test on terminated container should report termination message ${words}`,
    async t => {
      await t.api.pods.create(pod('p', {}, script(text, container)));
      const { status } = await phase(t, 'p', wanted.phase);
      const { terminated } = status!.containerStatuses![0]!.state!;
      assert.equal(terminated!.message ?? '', wanted.message);
    },
  );
}

const fallback = { terminationMessagePolicy: 'FallbackToLogsOnError' };

const messages: readonly Row[] = [
  terminationMessage(
    'if TerminationMessagePath is set as non-root user and at a non-default path',
    'echo -n DONE > /dev/termination-custom-log',
    { phase: 'Succeeded', message: 'DONE' },
    { terminationMessagePath: '/dev/termination-custom-log', securityContext: { runAsUser: 1000 } },
  ),
  terminationMessage(
    'from log output if TerminationMessagePolicy FallbackToLogsOnError is set',
    'echo -n DONE; exit 1',
    { phase: 'Failed', message: 'DONE' },
    fallback,
  ),
  terminationMessage(
    'as empty when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set',
    'echo DONE; exit 0',
    { phase: 'Succeeded', message: '' },
    fallback,
  ),
  terminationMessage(
    'from file when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set',
    'echo DONE; echo -n OK > /dev/termination-log; exit 0',
    { phase: 'Succeeded', message: 'OK' },
    fallback,
  ),
];

/** Fails when it runs first, ends well when it runs second, and stays when it runs third. */
const thirdTimeStays = [
  'echo run >> /v/runs',
  'case $(wc -l < /v/runs) in 1) exit 1;; 2) exit 0;; esac',
  'while :; do sleep 1; done',
].join('\n');

const ends = [
  { restartPolicy: 'Always', phase: 'Running', restarts: 2, ready: true },
  { restartPolicy: 'OnFailure', phase: 'Succeeded', restarts: 1, ready: false },
  { restartPolicy: 'Never', phase: 'Failed', restarts: 0, ready: false },
] as const;

const exits = containerRow(
  'Container Runtime blackbox test when starting a container that exits should run with the expected status',
  async t => {
    const check = async ({ restartPolicy, ...wanted }: (typeof ends)[number]) => {
      const name = restartPolicy.toLowerCase();
      const volumeMounts = [{ name: 'v', mountPath: '/v' }];
      const spec = script(
        thirdTimeStays,
        { volumeMounts },
        { restartPolicy, volumes: [{ name: 'v', emptyDir: {} }] },
      );
      await t.api.pods.create(pod(name, {}, spec));
      await t.until(
        `${name}: ${JSON.stringify(wanted)}`,
        async () => {
          const { status } = await t.api.pods.get(name);
          const { restartCount, ready } = status!.containerStatuses?.[0] ?? {};
          return status!.phase === wanted.phase && restartCount === wanted.restarts && ready === wanted.ready;
        },
        90_000,
      );
    };
    await Promise.all(ends.map(check));
    const stays = async () =>
      (await t.api.pods.get('always')).status!.containerStatuses![0]!.restartCount === 2;
    await t.stays('no restart more', stays);
  },
);

const busybox: readonly Row[] = [
  containerRow(
    'Kubelet when scheduling a busybox command in a pod should print the output to logs',
    async t => {
      const output = await outputOf(t, script("echo 'Hello World'; echo and errors >&2"));
      assert.deepEqual(output.trim().split('\n').sort(), ['Hello World', 'and errors']);
    },
  ),

  containerRow(
    'Kubelet when scheduling a busybox command that always fails in a pod should have an terminated reason',
    async t => {
      await t.api.pods.create(pod('p', {}, script('exit 1', {}, { restartPolicy: 'Always' })));
      await t.until('the container to be terminated', async () => {
        const { containerStatuses = [] } = (await t.api.pods.get('p')).status!;
        const { state, lastState } = containerStatuses[0] ?? {};
        const terminated = state?.terminated ?? lastState?.terminated;
        return terminated?.exitCode === 1 && terminated.reason === 'Error';
      });
    },
  ),

  containerRow(
    'Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete',
    async t => {
      await t.api.pods.create(pod('p', {}, script('exit 1', {}, { restartPolicy: 'Always' })));
      await t.until('a failure', async () => {
        const [status] = (await t.api.pods.get('p')).status!.containerStatuses ?? [];
        return status?.state?.terminated !== undefined || (status?.restartCount ?? 0) > 0;
      });
      await t.api.pods.delete('p');
      await t.gone(t.api.pods, 'p');
    },
  ),

  containerRow(
    'Kubelet when scheduling a read only busybox container should not write to root filesystem',
    t =>
      writes(
        t,
        script('echo test > /file; sleep 0.2; cat /file; :', {
          securityContext: { readOnlyRootFilesystem: true },
        }),
        /Read-only file system/i,
      ),
  ),

  containerRow(
    'Kubelet when scheduling an agnhost Pod with hostAliases should write entries to /etc/hosts',
    t =>
      writes(
        t,
        script('cat /etc/hosts', {}, { hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }] }),
        /^123\.45\.67\.89\tfoo\tbar$/m,
        /^# Kubernetes-managed hosts file/m,
      ),
  ),

  containerRow('KubeletManagedEtcHosts should test kubelet managed /etc/hosts file', async t => {
    const container = (name: string) => ({ name, image: testImage });
    const volumes = [{ name: 'hosts', hostPath: { path: '/etc/hosts', type: 'File' } }];
    const own = { ...container('own'), volumeMounts: [{ name: 'hosts', mountPath: '/etc/hosts' }] };
    const base = { terminationGracePeriodSeconds: 0, volumes };
    await t.api.pods.create(pod('p', {}, { ...base, containers: [container('a'), container('b'), own] }));
    await t.api.pods.create(
      pod('host', {}, { ...base, hostNetwork: true, containers: [container('a'), own] }),
    );
    await runningPod(t, 'p');
    await runningPod(t, 'host');
    const managed = async (name: string, container: string) =>
      (await shell(t, name, 'cat /etc/hosts', container)).includes('# Kubernetes-managed hosts file.');
    assert.deepEqual([await managed('p', 'a'), await managed('p', 'b')], [true, true]);
    for (const [name, container] of [
      ['p', 'own'],
      ['host', 'a'],
      ['host', 'own'],
    ] as const) {
      assert.equal(await managed(name, container), false, `${container} of ${name}`);
    }
  }),
];

const deadline = containerRow('Pods should allow activeDeadlineSeconds to be updated', async t => {
  await t.api.pods.create(pod('p', {}, agnhost(['pause'])));
  await runningPod(t, 'p');
  await t.api.pods.update('p', object => {
    object.spec!.activeDeadlineSeconds = 5;
  });
  const { status } = await phase(t, 'p', 'Failed');
  assert.equal(status!.reason, 'DeadlineExceeded');
});

const ephemeral = {
  one: { name: 'debugger', image: testImage, command: ['sh', '-c', 'echo polo; while :; do sleep 1; done'] },
  two: { name: 'debugger2', image: testImage, command: ['sh', '-c', 'while :; do sleep 1; done'] },
};

async function addEphemeral(t: Trial, container: { name: string }): Promise<void> {
  const path = `/api/v1/namespaces/${t.namespace}/pods/p/ephemeralcontainers`;
  const { status, text } = await t.raw({
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: JSON.stringify({ spec: { ephemeralContainers: [container] } }),
  });
  assert.equal(status, 200, text);
  await t.until(`${container.name} to run`, async () => {
    const statuses = (await t.api.pods.get('p')).status!.ephemeralContainerStatuses ?? [];
    return statuses.some(({ name, state }) => name === container.name && state?.running !== undefined);
  });
}

const debugging: readonly Row[] = [
  containerRow('Ephemeral Containers will start an ephemeral container in an existing pod', async t => {
    await t.api.pods.create(pod('p', {}, agnhost(['pause'])));
    await runningPod(t, 'p');
    await addEphemeral(t, ephemeral.one);
    await t.until('its output', async () => (await logs(t, 'p', 'debugger')) === 'polo\n');
  }),

  containerRow('Ephemeral Containers should update the ephemeral containers in an existing pod', async t => {
    await t.api.pods.create(pod('p', {}, agnhost(['pause'])));
    await runningPod(t, 'p');
    await addEphemeral(t, ephemeral.one);
    await addEphemeral(t, ephemeral.two);
    const { spec } = await t.api.pods.get('p');
    assert.deepEqual(spec!.ephemeralContainers!.map(({ name }) => name).sort(), ['debugger', 'debugger2']);
  }),
];

export const programRows: readonly Row[] = [
  ...entrypoints,
  ...messages,
  exits,
  ...busybox,
  deadline,
  ...debugging,
];
