import assert from 'node:assert/strict';
import { containerRow, execute, script } from '../containers/programs.ts';
import { readWebSocket } from '../raw.ts';
import type { Row } from '../row.ts';
import { pod, runningPod } from '../workloads.ts';

export const streamRows: readonly Row[] = [
  containerRow('Pods should support remote command execution over websockets', async t => {
    await t.api.pods.create(
      pod('p', {}, script('echo container is alive; sleep 600', {}, { restartPolicy: 'Always' })),
    );
    await runningPod(t, 'p');
    const { code, stdout } = await execute(t, 'p', ['echo', 'remote execution test']);
    assert.deepEqual([code, stdout], [0, 'remote execution test\n']);
    const failing = await execute(t, 'p', ['sh', '-c', 'echo oops >&2; exit 3']);
    assert.deepEqual([failing.code, failing.stderr], [3, 'oops\n']);
  }),

  containerRow('Pods should support retrieving logs from the container over websockets', async t => {
    const spec = script('echo container is alive; sleep 600', {}, { restartPolicy: 'Always' });
    await t.api.pods.create(pod('p', {}, spec));
    await runningPod(t, 'p');
    const path = `/api/v1/namespaces/${t.namespace}/pods/p/log?container=c`;
    const text = await readWebSocket(t.config, path, ['binary.k8s.io']);
    assert.equal(text, 'container is alive\n');
  }),
];
