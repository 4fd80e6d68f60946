import assert from 'node:assert/strict';
import type { V1PodSpec, V1Probe } from '@kubernetes/client-node';
import { agnhost, containerRow, script } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { isReady, pod, runningPod } from '../workloads.ts';

const restarts = async (t: Trial): Promise<number> =>
  (await t.api.pods.get('p')).status!.containerStatuses?.[0]?.restartCount ?? 0;

/** That a running pod is not restarted for this long. */
async function keeps(t: Trial, spec: V1PodSpec, durationMs = 25_000): Promise<void> {
  await t.api.pods.create(pod('p', {}, spec));
  await runningPod(t, 'p');
  const deadline = performance.now() + durationMs;
  while (performance.now() < deadline) {
    assert.equal(await restarts(t), 0);
    await t.sleep(1_000);
  }
}

/** That a pod is restarted, and its count never falls, until it has been so often. */
async function isRestarted(t: Trial, spec: V1PodSpec, times = 1, timeoutMs = 90_000): Promise<void> {
  await t.api.pods.create(pod('p', {}, spec));
  let before = 0;
  await t.until(
    `${times} restarts`,
    async () => {
      const now = await restarts(t);
      assert.ok(now >= before, `the restart count fell from ${before} to ${now}`);
      before = now;
      await t.sleep(500);
      return now >= times;
    },
    timeoutMs,
  );
}

const liveness = (probe: V1Probe) => ({
  livenessProbe: { initialDelaySeconds: 5, periodSeconds: 3, failureThreshold: 1, ...probe },
});
const health = { exec: { command: ['cat', '/tmp/health'] } };
const healthy = (delay: number) => `echo ok > /tmp/health; sleep ${delay}; rm -f /tmp/health; sleep 600`;
const healthz = { httpGet: { path: '/healthz', port: 8080 } };
const always = { restartPolicy: 'Always' };
const slow = { slow: true, timeoutMs: 180_000 } as const;

const restarted: readonly Row[] = [
  containerRow(
    'Probing container should be restarted with a exec "cat /tmp/health" liveness probe',
    t => isRestarted(t, script(healthy(10), liveness(health), always)),
    slow,
  ),
  containerRow(
    'Probing container should be restarted with a /healthz http liveness probe',
    t => isRestarted(t, agnhost(['liveness'], liveness(healthz))),
    slow,
  ),
  containerRow(
    'Probing container should be restarted with a GRPC liveness probe',
    t => isRestarted(t, agnhost(['grpc-health'], liveness({ grpc: { port: 2333 }, initialDelaySeconds: 3 }))),
    slow,
  ),
  containerRow(
    'Probing container should have monotonically increasing restart count',
    t => isRestarted(t, agnhost(['liveness', '2'], liveness(healthz)), 5, 400_000),
    { slow: true, timeoutMs: 420_000 },
  ),
];

const kept: readonly Row[] = [
  containerRow(
    'Probing container should *not* be restarted with a exec "cat /tmp/health" liveness probe',
    t => keeps(t, script(healthy(600), liveness(health), always)),
    slow,
  ),
  containerRow(
    'Probing container should *not* be restarted with a /healthz http liveness probe',
    t => keeps(t, agnhost(['netexec'], liveness(healthz))),
    slow,
  ),
  containerRow(
    'Probing container should *not* be restarted with a tcp:8080 liveness probe',
    t => keeps(t, agnhost(['liveness', '0'], liveness({ tcpSocket: { port: 8080 } }))),
    slow,
  ),
  containerRow(
    'Probing container should *not* be restarted with a GRPC liveness probe',
    t => keeps(t, agnhost(['grpc-health'], liveness({ grpc: { port: 5000 }, timeoutSeconds: 5 }))),
    slow,
  ),
];

const readiness: readonly Row[] = [
  containerRow(
    'Probing container with readiness probe should not be ready before initial delay and never restart',
    async t => {
      const readinessProbe = { ...healthz, initialDelaySeconds: 10, periodSeconds: 1 };
      await t.api.pods.create(pod('p', {}, agnhost(['netexec'], { readinessProbe })));
      const ready = await runningPod(t, 'p', 60_000);
      const condition = ready.status!.conditions!.find(({ type }) => type === 'Ready')!;
      const { startedAt } = ready.status!.containerStatuses![0]!.state!.running!;
      const delayMs = condition.lastTransitionTime!.getTime() - startedAt!.getTime();
      assert.ok(delayMs >= 10_000, `ready ${delayMs} ms after its start`);
      assert.equal(await restarts(t), 0);
    },
    slow,
  ),
  containerRow(
    'Probing container with readiness probe that fails should never be ready and never restart',
    async t => {
      const readinessProbe = { exec: { command: ['false'] }, periodSeconds: 1 };
      await t.api.pods.create(pod('p', {}, agnhost(['pause'], { readinessProbe })));
      await t.until('the container to run', async () => {
        const [status] = (await t.api.pods.get('p')).status!.containerStatuses ?? [];
        return status?.state?.running !== undefined;
      });
      const never = async () => !isReady(await t.api.pods.get('p')) && (await restarts(t)) === 0;
      await t.stays('not ready', never, 20_000);
    },
    slow,
  ),
];

export const probeRows: readonly Row[] = [...restarted, ...kept, ...readiness];
