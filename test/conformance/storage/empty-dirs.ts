import assert from 'node:assert/strict';
import type { V1Volume } from '@kubernetes/client-node';
import { containerRow, script, shell, writes } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import { pod, runningPod } from '../workloads.ts';
import { testImage } from '../containers/image.ts';

type Medium = 'default' | 'tmpfs';

const volume = (medium: Medium): V1Volume => ({
  name: 'v',
  emptyDir: medium === 'tmpfs' ? { medium: 'Memory' } : {},
});
const volumeMounts = [{ name: 'v', mountPath: '/v' }];

/** What /proc/mounts must say of the volume. */
const mountLine = (medium: Medium) => (medium === 'tmpfs' ? /^tmpfs on \/v$/m : /^(?!tmpfs)\S+ on \/v$/m);
const showMount = 'while read -r _ at type _; do [ $at = /v ] && echo $type on /v; done < /proc/mounts';

function ofMode(user: 'root' | 'non-root', mode: string, medium: Medium): Row {
  return containerRow(`EmptyDir volumes should support (${user},${mode},${medium})`, t => {
    const letters = { '0644': '-rw-r--r--', '0666': '-rw-rw-rw-', '0777': '-rwxrwxrwx' }[mode]!;
    const uid = user === 'root' ? 0 : 1001;
    const spec = script(
      `echo -n content > /v/file && chmod ${mode} /v/file && stat -c '%A %u' /v/file && cat /v/file && echo && ${showMount}; :`,
      { volumeMounts, securityContext: { runAsUser: uid } },
      { volumes: [volume(medium)] },
    );
    return writes(t, spec, new RegExp(`^${letters} ${uid}\ncontent\n`), mountLine(medium));
  });
}

function ownMode(name: string, medium: Medium): Row {
  return containerRow(`EmptyDir volumes volume on ${name} should have the correct mode`, t =>
    writes(
      t,
      script(`stat -c %A /v; ${showMount}; :`, { volumeMounts }, { volumes: [volume(medium)] }),
      medium === 'tmpfs' ? /^drwxrwxrwt$/m : /^drwxrwxrwx$/m,
      mountLine(medium),
    ),
  );
}

export const emptyDirRows: readonly Row[] = [
  ...(['root', 'non-root'] as const).flatMap(user =>
    ['0644', '0666', '0777'].flatMap(mode =>
      (['default', 'tmpfs'] as const).map(medium => ofMode(user, mode, medium)),
    ),
  ),
  ownMode('default medium', 'default'),
  ownMode('tmpfs', 'tmpfs'),

  containerRow('EmptyDir volumes pod should support shared volumes between containers', async t => {
    const container = (name: string, text: string) => ({
      name,
      image: testImage,
      command: ['sh', '-c', text],
      volumeMounts,
    });
    const spec = {
      terminationGracePeriodSeconds: 0,
      volumes: [volume('default')],
      containers: [
        container('c', 'while :; do sleep 1; done'),
        container('writer', 'echo hello > /v/shared.txt; while :; do sleep 1; done'),
      ],
    };
    await t.api.pods.create(pod('p', {}, spec));
    await runningPod(t, 'p');
    await t.until('the other file', async () => (await shell(t, 'p', 'cat /v/*; :')) === 'hello\n');
    assert.equal(await shell(t, 'p', 'cat /v/shared.txt', 'writer'), 'hello\n');
  }),
];
